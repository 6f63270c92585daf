// Runs a program file and keeps what V8 compiled meanwhile; build.mjs does so with each.
import { EXIT } from "../src/exit-codes.ts";
import { keepCode, loadProgram } from "./program.ts";

const [node = "", self = "", name = "", ...args] = process.argv;
process.argv = [node, self, ...args];
const program = loadProgram(__dirname, name);
process.on("exit", (code) => {
  keepCode(__dirname, name, program);
  // With any other code it did not get as far as the database.
  process.exitCode = code === EXIT.unavailable ? 0 : 1;
});
program.run();

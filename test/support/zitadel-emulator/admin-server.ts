// Serves the control interface as JSON over HTTP on a port of its own, so it survives "down".
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { ADMIN_PREFIX, type ZitadelControl } from "./zitadel-control.ts";

/** POST /_emulator/<name> with a JSON array of arguments; answers {"result": …} or {"error": …}. */
export function createAdminServer(control: ZitadelControl): Server {
  const commands = new Map<string, (...input: never[]) => Promise<unknown>>(
    Object.entries(control),
  );
  return createServer((request, response) => {
    const name = request.url?.startsWith(ADMIN_PREFIX)
      ? request.url.slice(ADMIN_PREFIX.length)
      : "";
    const command = commands.get(name);
    if (!command) {
      response.writeHead(404).end(`there is no command ${name}\n`);
      return;
    }
    run(command, request).then(
      (result) => send(response, 200, { result: result ?? null }),
      (error: unknown) => send(response, 500, { error: String(error) }),
    );
  });
}

async function run(
  command: (...input: never[]) => Promise<unknown>,
  request: IncomingMessage,
): Promise<unknown> {
  const body = await text(request);
  const input: never[] = body === "" ? [] : JSON.parse(body);
  return command(...input);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

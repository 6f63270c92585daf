// Gives orders to an emulator over its admin port, wherever it runs.
import { ADMIN_PREFIX, type ControlName, type ZitadelControl } from "./zitadel-control.ts";

export function connectControl(adminUrl: string): ZitadelControl {
  const send = (name: ControlName) => async (input?: unknown) => {
    const response = await fetch(adminUrl + ADMIN_PREFIX + name, {
      method: "POST",
      body: JSON.stringify(input === undefined ? [] : [input]),
    });
    const answer = JSON.parse(await response.text());
    if (!response.ok) throw new Error(`${name} on the Zitadel emulator: ${answer.error}`);
    return answer.result;
  };
  return {
    info: send("info"),
    reset: send("reset"),
    listUsers: send("listUsers"),
    findUser: send("findUser"),
    addUser: send("addUser"),
    changeUser: send("changeUser"),
    deleteUser: send("deleteUser"),
    addOrg: send("addOrg"),
    changeOrg: send("changeOrg"),
    settings: send("settings"),
    changeSettings: send("changeSettings"),
    advanceClock: send("advanceClock"),
    revokeTokens: send("revokeTokens"),
    setDown: send("setDown"),
    shutDown: send("shutDown"),
    addFault: send("addFault"),
    setFaults: send("setFaults"),
    waitForPaused: send("waitForPaused"),
    release: send("release"),
    counters: send("counters"),
    calls: send("calls"),
    waitForCalls: send("waitForCalls"),
  };
}

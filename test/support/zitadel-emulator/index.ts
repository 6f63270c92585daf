// Starts an emulated Zitadel in this process.
import { createAdminServer } from "./admin-server.ts";
import { connectControl } from "./control.ts";
import { EmulatorState } from "./emulator-state.ts";
import { generateId } from "./generated-id.ts";
import { serveHttp } from "./http-server.ts";
import { listen } from "./listen.ts";
import { localControl } from "./local-control.ts";
import { openPublicPort } from "./public-port.ts";
import { serveRpc } from "./rpc-server.ts";
import { createServiceAccount, type ServiceKey } from "./service-account.ts";
import { changeSettings, DEFAULT_SETTINGS, type SettingsChange } from "./settings.ts";
import type { ZitadelControl } from "./zitadel-control.ts";

export interface EmulatorOptions {
  /** 0 or absent: a port that the system picks. */
  readonly port?: number;
  readonly adminPort?: number;
  /** The organization the service account works in. */
  readonly orgId?: string;
  /** What a reset goes back to. */
  readonly settings?: SettingsChange;
}

export interface ZitadelEmulator {
  /** The exact origin: issuer, audience, and gRPC address. */
  readonly url: string;
  readonly adminUrl: string;
  readonly orgId: string;
  readonly serviceKey: ServiceKey;
  readonly pat: string;
  readonly control: ZitadelControl;
  /** Ends every connection; a second call does nothing. */
  stop(): Promise<void>;
}

export async function startZitadelEmulator(
  options: EmulatorOptions = {},
): Promise<ZitadelEmulator> {
  const account = await createServiceAccount(options.orgId ?? generateId());
  const settings = changeSettings(DEFAULT_SETTINGS, options.settings ?? {});
  const state = new EmulatorState(account, settings);
  const publicPort = await openPublicPort(
    options.port ?? 0,
    (request, response) => void serveHttp(state, request, response),
    (stream, headers, destroyConnection) =>
      void serveRpc(state, stream, headers, destroyConnection),
  );
  state.authority = `127.0.0.1:${publicPort.port}`;
  const url = `http://${state.authority}`;

  const adminServer = createAdminServer(localControl(state, publicPort, url));
  const adminUrl = `http://127.0.0.1:${await listen(adminServer, options.adminPort ?? 0)}`;
  return {
    url,
    adminUrl,
    orgId: account.orgId,
    serviceKey: account.serviceKey,
    pat: account.pat,
    control: connectControl(adminUrl),
    async stop() {
      state.run.pauses.releaseAll();
      await publicPort.close();
      adminServer.close();
      adminServer.closeAllConnections();
    },
  };
}

export { spawnZitadelEmulator, type SpawnedEmulator } from "./spawn-emulator.ts";
export type { CalledMethod } from "./call-log.ts";
export type { Fault, FaultEffect } from "./faults.ts";
export type { ServiceKey } from "./service-account.ts";
export type { SettingsChange } from "./settings.ts";
export type { ZitadelControl } from "./zitadel-control.ts";

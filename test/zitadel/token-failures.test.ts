// What a failing discovery or token endpoint means: who must act, and that no job uses up a retry.
import { expect } from "chai";
import { givenAccount, rejection, summary, useZitadel } from "../support/zitadel-adapter.ts";
import { IdentityRateLimited, IdentityRefused, IdentityUnavailable } from "../../src/errors.ts";
import type { FaultEffect } from "../support/zitadel-emulator/index.ts";

const TIMEOUT_MS = 250;

type Kind = "refused" | "unavailable" | "stopped";

const ERRORS = {
  refused: IdentityRefused,
  unavailable: IdentityUnavailable,
  stopped: IdentityRateLimited,
};

const http = (status: number, body = `HTTP ${status}`): FaultEffect => ({
  kind: "http",
  status,
  body,
});
const json = (status: number, body: object) => http(status, JSON.stringify(body));

const TOKEN_FAULTS: readonly (readonly [string, FaultEffect, Kind])[] = [
  ["answers invalid_grant", { kind: "invalid-grant" }, "refused"],
  ["answers invalid_request", json(400, { error: "invalid_request" }), "refused"],
  ["answers unsupported_grant_type", json(400, { error: "unsupported_grant_type" }), "refused"],
  ["answers HTTP 401", http(401), "refused"],
  ["answers HTTP 403", http(403), "refused"],
  ["answers HTTP 404", http(404), "refused"],
  ["redirects", http(302), "refused"],
  ["answers HTTP 429", http(429), "stopped"],
  ["answers server_error", json(500, { error: "server_error" }), "unavailable"],
  ["answers HTTP 500", http(500), "unavailable"],
  ["answers HTTP 502", http(502), "unavailable"],
  ["answers HTTP 503", http(503), "unavailable"],
  ["answers HTTP 504", http(504), "unavailable"],
  ["hangs", { kind: "hang" }, "unavailable"],
  ["drops the connection", { kind: "drop-before-commit" }, "unavailable"],
  ["answers with half a JSON", { kind: "garbage-json" }, "unavailable"],
  ["answers without a token", { kind: "no-token" }, "unavailable"],
  ["answers with a token of no text", json(200, { access_token: 7 }), "unavailable"],
  ["answers with an empty token", json(200, { access_token: "" }), "unavailable"],
  ["answers with a token of two lines", json(200, { access_token: "a\r\nb" }), "unavailable"],
  ["never stops answering", http(200, "x".repeat(2 << 20)), "unavailable"],
];

const DISCOVERY_FAULTS: readonly (readonly [string, FaultEffect, Kind])[] = [
  ["answers HTTP 404", http(404), "refused"],
  ["names no issuer", json(200, { token_endpoint: "http://127.0.0.1" }), "refused"],
  ["is the page of something else", http(200, "<html>"), "refused"],
  ["answers null", http(200, "null"), "refused"],
  ["redirects", http(302), "refused"],
  ["answers HTTP 429", http(429), "stopped"],
  ["answers HTTP 500", http(500), "unavailable"],
  ["answers HTTP 503", http(503), "unavailable"],
  ["hangs", { kind: "hang" }, "unavailable"],
  ["drops the connection", { kind: "drop-before-commit" }, "unavailable"],
];

const ENDPOINTS = [
  ["token", "a token endpoint", TOKEN_FAULTS],
  ["discovery", "a discovery", DISCOVERY_FAULTS],
] as const;

for (const [method, endpoint, faults] of ENDPOINTS) {
  describe(`${endpoint} that fails`, () => {
    const zitadel = useZitadel();

    for (const [what, effect, kind] of faults) {
      it(`because it ${what} is ${kind}, and no job's fault`, async () => {
        // A busy machine may need longer for an answer.
        const provider = zitadel.open(effect.kind === "hang" ? { timeoutMs: TIMEOUT_MS } : {});
        await zitadel.setFaults({ method, ...effect });

        const error = await rejection(provider.connect());
        const result = await provider.createAccount(givenAccount(), false);

        expect(error).to.be.instanceOf(ERRORS[kind]);
        expect(summary(result)).to.include({ kind: "blameless", stop: kind });
        expect(await zitadel.count("CreateUser")).to.equal(0);
      });
    }

    it("keeps no run waiting longer than ZITADEL_TIMEOUT", async () => {
      const provider = zitadel.open({ timeoutMs: TIMEOUT_MS });
      await zitadel.setFaults({ method, kind: "hang" });
      const startMs = performance.now();

      const error = await rejection(provider.connect());

      expect(error.message).to.match(/no answer in time.*ZITADEL_TIMEOUT/);
      expect(performance.now() - startMs).to.be.at.least(TIMEOUT_MS - 5);
    });

    it("asks to wait for as long as its Retry-After says", async () => {
      const provider = zitadel.open();
      await zitadel.setFaults({ method, kind: "http", status: 429, retryAfter: 11 });

      const error = await rejection(provider.connect());
      const result = await provider.createAccount(givenAccount(), false);

      expect(error).to.include({ retryAfterMs: 11_000 });
      expect(summary(result)).to.include({ stop: "stopped", retryAfterMs: 11_000 });
    });

    for (const [page, said] of [
      [
        { status: 200, contentType: "text/html; charset=utf-8" },
        "HTTP 200 with text/html, and no JSON",
      ],
      [{ status: 200, contentType: "S3cret" }, "HTTP 200 with no content type, and no JSON"],
      [{ status: 403, contentType: "text/html" }, "HTTP 403 with text/html, perhaps from a proxy"],
      [{ status: 503, contentType: "text/html" }, "HTTP 503 with text/html, perhaps from a proxy"],
    ] as const) {
      it(`is reported by status and content type where something else answers: ${said}`, async () => {
        const provider = zitadel.open();
        const body = "<html>Sign in to the network: S3cret</html>";
        await zitadel.setFaults({ method, kind: "http", ...page, body });

        const error = await rejection(provider.connect());

        expect(error.message)
          .to.include(`answered ${said}`)
          .and.to.match(/proxy.* in between/);
        expect(error.message).not.to.contain("S3cret");
      });
    }

    it("is asked again by the next call", async () => {
      const provider = zitadel.open();
      await zitadel.setFaults({ method, kind: "http", status: 503, times: 1 });

      await rejection(provider.connect());
      const result = await provider.createAccount(givenAccount(), false);

      expect(result.kind).to.equal("created");
    });

    it("is named in the message, and nothing that it sent is", async () => {
      const provider = zitadel.open();
      const body = JSON.stringify({ error: "S3cret-Value", error_description: "S3cret-Value" });
      await zitadel.setFaults({ method, kind: "http", status: 400, body });

      const error = await rejection(provider.connect());

      expect(error.message)
        .to.match(/HTTP 400/)
        .and.to.not.contain("S3cret");
    });
  });
}

describe("a token endpoint that answers invalid_grant", () => {
  const zitadel = useZitadel();

  it("once is believed to have had trouble with its database, and asked again", async () => {
    const provider = zitadel.open();
    await zitadel.setFaults({ method: "token", kind: "invalid-grant", times: 1 });

    await provider.connect();

    expect(await zitadel.count("token")).to.equal(2);
  });

  it("twice is believed to refuse the key, and asked no more", async () => {
    const provider = zitadel.open();
    await zitadel.control.changeSettings({ profile: "head", serviceKeyValid: false });

    const error = await rejection(provider.connect());

    expect(error.message).to.match(/did not accept key .*invalid_grant.*make a new one/);
    expect(await zitadel.count("token")).to.equal(2);
  });
});

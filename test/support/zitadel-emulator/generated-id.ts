// Makes ids that look like Zitadel's: 18 digits, rising, different in every process.
let last = BigInt(Date.now()) * 200_000n + BigInt(process.pid % 200_000);

export function generateId(): string {
  last += 1n;
  return String(last).padStart(18, "3").slice(-18);
}

// A certificate authority of one's own, and a certificate for 127.0.0.1 that it signed.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface PrivateCa {
  /** Paths of PEM files. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Leaves its files in the folder. */
export async function issueCertificate(folder: string): Promise<PrivateCa> {
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execute("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-subj", "/CN=Private CA of a test", "-days", "2"],
    ...["-keyout", "ca.key", "-out", "ca.pem"],
  );
  await openssl(
    ...["req", ...newKey, "-subj", "/CN=gateway", "-keyout", "gateway.key", "-out", "gateway.csr"],
  );
  await writeFile(path("names"), "subjectAltName=IP:127.0.0.1\n");
  await openssl(
    ...["x509", "-req", "-in", "gateway.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2"],
    ...["-CAcreateserial", "-extfile", "names", "-out", "gateway.pem"],
  );
  return { ca: path("ca.pem"), certificate: path("gateway.pem"), key: path("gateway.key") };
}

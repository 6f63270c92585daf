// Describes a session by its application_name, which anyone may set to anything.

/** @returns as it is, where only this tool's own could be meant; otherwise in quotes */
export function describeSession(applicationName: string | null): string {
  if (applicationName === null || applicationName === "") return "another process";
  return /^fhj [\w -]+$/.test(applicationName) ? applicationName : JSON.stringify(applicationName);
}

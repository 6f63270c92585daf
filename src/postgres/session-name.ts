// Describes a session by its application_name, which anyone may set to anything.

/** @returns the name unchanged if only this tool would use it, otherwise in quotes */
export function describeSession(applicationName: string | null): string {
  if (applicationName === null || applicationName === "") return "another process";
  return /^fhj [\w -]+$/.test(applicationName) ? applicationName : JSON.stringify(applicationName);
}

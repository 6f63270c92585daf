// How a session is told by the name that it gave itself: anybody may give it any.

/** @returns as it is, where only this tool's own could be meant; otherwise in quotes */
export function tellSession(applicationName: string | null): string {
  if (applicationName === null || applicationName === "") return "another process";
  return /^fhj [\w -]+$/.test(applicationName) ? applicationName : JSON.stringify(applicationName);
}

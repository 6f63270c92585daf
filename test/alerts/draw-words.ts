// Colours, numbers and names of a drawn dashboard.

export interface Curve {
  readonly name: string;
  readonly colour: string;
  /** Unix time in seconds, and the value. */
  readonly points: readonly (readonly [number, number])[];
}

/** By Grafana's names; dark enough for text. */
export const COLOURS: Readonly<Record<string, string>> = {
  ...{ green: "#2f8f46", blue: "#3b7dd8", orange: "#d9730d" },
  ...{ red: "#d93a3a", purple: "#8a5bd1", yellow: "#b8920a" },
};

/** @param unit Grafana's: `s`, `short` or `none` */
export function quantity(value: number, unit: string): string {
  if (unit !== "s") return String(Math.round(value * 10) / 10);
  if (value >= 120) return `${Math.round(value / 60)} min`;
  return `${Math.round(value * 10) / 10 > 10 ? Math.round(value) : Math.round(value * 10) / 10} s`;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

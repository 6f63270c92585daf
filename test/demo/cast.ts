// The people of the story: one family in full, and ten more whose children get accounts the same day.
import { randomInt, randomUUID } from "node:crypto";

export interface Family {
  readonly id: string;
  readonly name: string;
  /** Who invites, and asks for the accounts. */
  readonly parentId: string;
  readonly parentName: string;
}

export interface Child {
  readonly username: string;
  readonly fullName: string;
}

export const HARTMANNS = family("Hartmann", "Julia Hartmann");

export const EMMA = child("Emma", "Hartmann");
export const NOAH = child("Noah", "Hartmann");
export const MIA = child("Mia", "Hartmann");
export const BEN = child("Ben", "Hartmann");

/** Four children each. */
export const OTHER_FAMILIES: readonly { family: Family; children: readonly Child[] }[] = [
  ["Okafor", "Ada", "Chidi", "Ife", "Obi"],
  ["Silva", "Ana", "Davi", "Lia", "Rui"],
  ["Novák", "Eva", "Jan", "Petr", "Zora"],
  ["Lindqvist", "Alva", "Elsa", "Nils", "Ture"],
  ["Tanaka", "Aoi", "Ken", "Mei", "Sora"],
  ["Moreau", "Chloé", "Hugo", "Léa", "Noé"],
  ["Haddad", "Amir", "Lina", "Omar", "Sami"],
  ["Kowalska", "Iga", "Maja", "Olek", "Zofia"],
  ["Byrne", "Aoife", "Cian", "Niamh", "Sean"],
  ["van Dyk", "Bram", "Femke", "Joris", "Sanne"],
].map(([name = "", ...children]) => ({
  family: family(name, `Robin ${name}`),
  children: children.map((given) => child(given, name)),
}));

const ANIMALS = ["Otter", "Heron", "Badger", "Lynx", "Marten", "Puffin", "Beaver", "Dormouse"];

/** As parents choose them, and as Zitadel's default policy requires. */
export function choosePassword(): string {
  return `Sunny-${ANIMALS[randomInt(ANIMALS.length)]}-${randomInt(100_000, 1_000_000)}`;
}

function family(name: string, parentName: string): Family {
  return { id: randomUUID(), name, parentId: randomUUID(), parentName };
}

function child(given: string, familyName: string): Child {
  return { username: plain(`${given}_${familyName}`), fullName: `${given} ${familyName}` };
}

/** FamilyHub's usernames know a-z, 0-9 and _ only. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, "");
}

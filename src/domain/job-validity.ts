// What prevents a job from becoming an account, whatever Zitadel answers.
import { failure, type Failure } from "./failure.ts";
import { isBlank, isRole, isUsername, USERNAME_RULE, type ClaimedJob } from "./job.ts";

export type JobClaims = Pick<
  ClaimedJob,
  "username" | "fullName" | "role" | "family" | "usernameHeld"
>;

/** Faults that would leave an account in Zitadel that FamilyHub could not use. */
export function findInvalidity(job: JobClaims): Failure | null {
  if (!isUsername(job.username)) {
    return failure("invalid_argument", `The username must be ${USERNAME_RULE}`);
  }
  if (isBlank(job.fullName)) return failure("invalid_argument", "The full name is blank");
  if (!isRole(job.role)) return failure("invalid_argument", "The role is not valid");
  if (job.family === "missing") {
    return failure("invalid_argument", "The family does not exist in FamilyHub");
  }
  if (job.family === "deleted") {
    return failure("invalid_argument", "The family was deleted in FamilyHub");
  }
  if (job.usernameHeld) {
    return failure("username_taken", "The username belongs to another user in FamilyHub");
  }
  return null;
}

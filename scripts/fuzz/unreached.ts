/** Branches of codec and verification that no input reaches, and why they stay. `text` stands on their line. */

export const UNREACHED: readonly { readonly file: string; readonly text: string; readonly reason: string }[] =
  [];

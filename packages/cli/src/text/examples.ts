/** The last paragraph of a help text: commands to copy. */
export const examples = (...lines: readonly (readonly [command: string, what: string])[]): string => {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, what]) => `  $ ${command.padEnd(width)}   ${what}`).join('\n')}\n`;
};

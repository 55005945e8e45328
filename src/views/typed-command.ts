/** What a person types: the platform's command, where it has one, and the words. */
export const typedCommand = (command: string, words: string): string => `${command} ${words}`.trimStart()

// Words: the smallest pieces of a line that a change keeps or replaces whole.

/** Scripts written without spaces: a sentence would be one word, so each character is one. */
const unspaced = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}`
const word = new RegExp(
  String.raw`[${unspaced}]\p{M}*|(?:(?![${unspaced}])[\p{L}\p{N}_\p{M}])+|\r\n|[^\S\r\n]+|.\p{M}*`,
  'gsu',
)

/** Cuts `text` into words, line ends, runs of blanks, and single other characters. */
export function splitWords(text: string): string[] {
  return text.match(word) ?? []
}

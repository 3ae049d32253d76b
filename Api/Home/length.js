// The length of a post's text as X counts it: twitter-text's configuration v3, in hundredths. Only a guide, X decides: of domains without
// a scheme it knows the common ones, and every two letters as a country.

export const LIMIT = 280;

const LINK_WEIGHT = 23;

// These ranges of code points weigh one, all others two.
const LIGHT = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];

// A whole sequence weighs two: flags, keycaps, and pictographs with their variations, skin tones, tags and joined parts. (c) and (r)
// are letters unless a variation selector makes them pictures.
const PICTURE = String.raw`(?![©®](?!\uFE0F))\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:[\u{E0020}-\u{E007E}]+\u{E007F})?`;
const PIECE = new RegExp(String.raw`(?<emoji>\p{Regional_Indicator}{2}|[#*0-9]\uFE0F?\u20E3|${PICTURE}(?:\u200D${PICTURE})*)|.`, 'gsu');

const COMMON = 'com|net|org|edu|gov|mil|int|info|biz|name|pro|mobi|app|blog|cloud|design|dev|live|media|news|online|page|shop|site|social|store'
  + '|tech|video|wiki|world|xyz';
const LABEL = String.raw`[a-z0-9\u00C0-\u024F](?:[a-z0-9\u00C0-\u024F_-]*[a-z0-9\u00C0-\u024F])?\.`;
const WIDE_LABEL = String.raw`[\p{L}\p{N}\p{So}](?:[\p{L}\p{N}\p{So}_-]*[\p{L}\p{N}\p{So}])?\.`;
const LETTER = String.raw`[a-z0-9\u00C0-\u024F\u0400-\u04FF]`;
const PATH_END = String.raw`[a-z0-9\u00C0-\u024F\u0400-\u04FF=_#/+-]`;
const PATH = String.raw`/(?:(?:[a-z0-9\u00C0-\u024F\u0400-\u04FF!*';:=+,.$%#/\[\]~&|@_–-]|\([^\s()]*\))*(?:${PATH_END}|\([^\s()]*\)))?`;
const QUERY = String.raw`\?[a-z0-9!?*'();:&=+$/%#\[\]_.,~|@-]*[a-z0-9\-_&=#/]`;
const REST = String.raw`(?::\d+)?(?:${PATH})?(?:${QUERY})?`;
const WITH_SCHEME = String.raw`https?://(?!t\.co/)(?:${WIDE_LABEL})+(?:[a-z]{2,}|xn--[a-z0-9-]+|[^\x00-\x7F\s\p{P}]{2,})${REST}`;
const SHORTENED = String.raw`https?://t\.co/[a-z0-9]+`; // X's own; nothing that follows belongs to it
const PLAIN = String.raw`(?<![-_./])(?:(?:${LABEL}){2,}[a-z]{2}(?![a-z0-9@])|(?:${LABEL})+(?:${COMMON}|co|tv)|(?:${LABEL})+[a-z]{2}(?=/))(?![a-z0-9@])${REST}`;
const LINK = new RegExp(String.raw`(?<![a-z0-9@＠$#＃_])(?:${SHORTENED}|${WITH_SCHEME}|${PLAIN})(?<!${LETTER}@)`, 'giu');

/** The weighted length, to be compared with LIMIT. */
export function weightedLength(text) {
  const normal = text.normalize('NFC');
  let length = 0, end = 0;
  for (const link of normal.matchAll(LINK)) {
    length += weigh(normal.slice(end, link.index)) + LINK_WEIGHT;
    end = link.index + link[0].length;
  }
  return length + weigh(normal.slice(end));
}

function weigh(text) {
  let length = 0;
  for (const { 0: piece, groups } of text.matchAll(PIECE)) length += !groups.emoji && isLight(piece.codePointAt(0)) ? 1 : 2;
  return length;
}

const isLight = point => LIGHT.some(([first, last]) => point >= first && point <= last);

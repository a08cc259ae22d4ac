// Texts and positions. Positions count UTF-16 units, as strings of JavaScript do.

const isHigh = (unit) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit) => unit >= 0xdc00 && unit < 0xe000;

/** The one replacement that makes `now` of `old`, or null. It cuts no character in two. */
export function difference(old, now) {
  if (old === now) return null;
  const most = Math.min(old.length, now.length);
  let start = 0;
  while (start < most && old.charCodeAt(start) === now.charCodeAt(start)) start++;
  if (start > 0 && isHigh(old.charCodeAt(start - 1)) && (isLow(old.charCodeAt(start)) || isLow(now.charCodeAt(start)))) start--;
  let tail = 0;
  while (tail < most - start && old.charCodeAt(old.length - 1 - tail) === now.charCodeAt(now.length - 1 - tail)) tail++;
  const cuts = (text) => isLow(text.charCodeAt(text.length - tail)) && isHigh(text.charCodeAt(text.length - tail - 1));
  if (tail > 0 && (cuts(old) || cuts(now))) tail--;
  return { start, end: old.length - tail, text: now.slice(start, now.length - tail) };
}

/** A text without halves of surrogate pairs, which cannot be sent; as long as before. */
export function wellFormed(text) {
  return text.isWellFormed?.() ?? true ? text : text.toWellFormed();
}

/** Where the code points of a text begin: a function from code points to UTF-16 units. */
export function fromCodePoints(text) {
  if (!/[\ud800-\udfff]/.test(text)) return (at) => at;
  const places = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) places.push(at);
  places.push(text.length);
  return (at) => places[Math.min(at, places.length - 1)];
}

/** Where the lines of a text begin. */
export function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last entry of a sorted list that is not above `at`. */
export function lastUpTo(sorted, at) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Text of a note for the page: control characters become pictures of themselves; those that turn the direction of what
 * follows, and invisible ones, become the replacement character. One for one.
 */
export function visible(text) {
  return text.replace(/[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g, (c) => {
    const code = c.charCodeAt(0);
    if (c === "\n") return " ";
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** The beginning of a text that is too long to be shown whole. */
export function clip(text, most = 160) {
  const cut = text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, "") + "…";
  return visible(cut);
}

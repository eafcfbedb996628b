// Places in a text: the server counts characters, the browser halves of surrogate pairs.

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Where each pair of a text begins, in the browser's counting. */
function pairs(text) {
  return [...text.matchAll(PAIR)].map((match) => match.index);
}

/** From the browser's counting to the server's. */
export function toServer(text, place) {
  return place - pairs(text).filter((start) => start < place).length;
}

/** A function from the server's counting to the browser's. */
export function fromServer(text) {
  const starts = pairs(text);
  return (place) => {
    let units = place;
    for (const start of starts) {
      if (start >= units) break;
      units += 1;
    }
    return units;
  };
}

// Numbers as text: the rules of src/corridors/show/tokens.py, tested against it.
// A zero, a few people and no figure never look alike.

const THIN = "\u202f";
const MINUS = "\u2212";
const DASH = "\u2013";
export const NO_FIGURE = "no data";
const FEWEST = 50;

type Number_ = number | null | undefined;

function absent(value: Number_): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

export function grouped(digits: string): string {
  const [whole = "", rest] = digits.split(".");
  const groups = whole.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  return rest === undefined ? groups : `${groups}.${rest}`;
}

function sign(value: number, change: boolean): string {
  return value < 0 ? MINUS : change ? "+" : "";
}

function scaled(size: number, steps: [number, string][]): string {
  const smallest = steps[steps.length - 1]![0];
  for (const [step, word] of steps) {
    const ratio = Number((size / step).toPrecision(3));
    if (ratio >= 1 && (step !== smallest || Math.round(size) >= smallest)) {
      const decimals = Math.max(0, 2 - Math.floor(Math.log10(ratio)));
      return `${grouped(ratio.toFixed(decimals))}${THIN}${word}`;
    }
  }
  return grouped(size.toFixed(0));
}

export function persons(count: Number_, change = false): string {
  if (absent(count)) return NO_FIGURE;
  if (count === 0) return "0";
  if (Math.abs(count) < FEWEST) return count > 0 ? `<${THIN}${FEWEST}` : `>${THIN}${MINUS}${FEWEST}`;
  return sign(count, change) + scaled(Math.abs(count), [[1e9, "bn"], [1e6, "m"]]);
}

export function money(dollars: Number_, change = false): string {
  if (absent(dollars)) return NO_FIGURE;
  if (dollars === 0) return "$0";
  if (Math.abs(dollars) < 1) return dollars > 0 ? `<${THIN}$1` : `>${THIN}${MINUS}$1`;
  return `${sign(dollars, change)}$${scaled(Math.abs(dollars), [[1e12, "tn"], [1e9, "bn"], [1e6, "m"]])}`;
}

export function percent(share: Number_, change = false): string {
  if (absent(share)) return NO_FIGURE;
  if (share === 0) return `0${THIN}%`;
  const size = Math.abs(share) * 100;
  const digits = size >= 0.995 || !change ? 1 : size >= 0.0995 ? 2 : 3;
  const least = 10 ** -digits;
  if (size < 0.5 * least) {
    const bound = `${least.toFixed(digits)}${THIN}%`;
    if (change) return `no change (under ${bound})`;
    return share > 0 ? `<${THIN}${bound}` : `>${THIN}${MINUS}${bound}`;
  }
  return `${sign(share, change)}${grouped(size.toFixed(digits))}${THIN}%`;
}

export function number(value: Number_, change = false): string {
  if (absent(value)) return NO_FIGURE;
  if (value === 0) return "0";
  const size = Math.abs(value);
  const exponent = Math.floor(Math.log10(Number(size.toPrecision(3))));
  if (exponent < -4) return sign(value, change) + size.toExponential(1).replace("e-", `e${MINUS}`);
  const digits = Math.max(0, 2 - exponent);
  return sign(value, change) + grouped(Number(size.toPrecision(3)).toFixed(digits));
}

/** A value of one of the units that tables, cards and measures declare. */
export function written(value: Number_, unit: string): string {
  const change = unit.endsWith(", change");
  const plain = unit.replace(", change", "");
  if (plain === "persons") return persons(value, change);
  if (plain.startsWith("USD")) return money(value, change);
  if (plain === "share") return percent(value, change);
  if (plain === "yes = 1") return absent(value) ? NO_FIGURE : value ? "yes" : "no";
  if (plain === "km") return absent(value) ? NO_FIGURE : `${grouped(value.toFixed(0))}${THIN}km`;
  if (plain === "PPP $, whole") return absent(value) ? NO_FIGURE : money(value, change);
  if (plain.startsWith("PPP $")) {
    return absent(value) ? NO_FIGURE : `${money(value, change)}${THIN}PPP`;
  }
  return number(value, change);
}

export function interval(lower: Number_, upper: Number_, unit: string): string {
  if (absent(lower) || absent(upper)) return NO_FIGURE;
  const first = written(lower, unit);
  const last = written(upper, unit);
  if (first === last) return first;
  return /[+\u2212<]/.test(first + last) ? `${first} to ${last}` : `${first}${DASH}${last}`;
}

/** How numbers look. Nothing here computes: it only writes down what the core said. */

const LOCALE = "en";
const count = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 0 });
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** Thousands grouped: `1,970,199`. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** Three digits: `3.47B`. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** A fraction as whole percent. */
export function formatPercent(fraction: number): string {
  return percent.format(fraction);
}

/** Decimal units, as file managers and model sites write them: `6.94 GB`. */
export function formatBytes(bytes: number): string {
  return formatUnit(bytes, "");
}

/** `1.83 GB/s`. */
export function formatRate(bytes_per_second: number): string {
  return formatUnit(bytes_per_second, "-per-second");
}

function formatUnit(bytes: number, suffix: string): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return new Intl.NumberFormat(LOCALE, {
    style: "unit",
    unit: `${UNITS[power]}${suffix}`,
    unitDisplay: power === 0 ? "long" : "short",
    maximumSignificantDigits: 3,
  }).format(bytes / 1000 ** power);
}

/** `8 s`, `2 min 05 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60
    ? `${whole} s`
    : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Decimals that stand out in a figure; the rest of its digits follow in a quieter voice. */
const LEADING_DECIMALS = 5;

/** All digits of a figure, cut (never rounded) into the leading ones and the rest. */
export function splitDigits(value: number): { leading: string; rest: string } {
  const digits = String(value);
  const point = digits.indexOf(".");
  if (point < 0 || digits.includes("e")) {
    return { leading: digits, rest: "" };
  }
  const cut = point + 1 + LEADING_DECIMALS;
  return { leading: digits.slice(0, cut), rest: digits.slice(cut) };
}

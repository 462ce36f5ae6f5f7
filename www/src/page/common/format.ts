import type { Words } from "../language/words/en.js";

/** How numbers look. Nothing here computes: it only writes down what the core said. */

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

const kept = new Map<string, Intl.NumberFormat>();

/** A number format in the language in use. Making one is slow, so they are kept. */
function inLanguage(t: Words, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${t.locale} ${JSON.stringify(options)}`;
  let format = kept.get(key);
  if (!format) {
    format = new Intl.NumberFormat(t.locale, options);
    kept.set(key, format);
  }
  return format;
}

/** Thousands grouped: `1,970,199`. */
export function formatCount(t: Words, value: number): string {
  return inLanguage(t, {}).format(value);
}

/** Three digits: `3.47B`. */
export function formatCompact(t: Words, value: number): string {
  return inLanguage(t, { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/** A fraction as whole percent. */
export function formatPercent(t: Words, fraction: number): string {
  return inLanguage(t, { style: "percent", maximumFractionDigits: 0 }).format(fraction);
}

/** A share with a decimal where it says something, and never all or nothing by rounding. */
export function formatShare(t: Words, share: number): string {
  const percent = (value: number, most: number) =>
    inLanguage(t, { style: "percent", maximumFractionDigits: most }).format(value);
  if (share > 0 && share < 0.001) {
    return `< ${percent(0.001, 1)}`;
  }
  if (share < 1 && share >= 0.999) {
    return `> ${percent(0.999, 1)}`;
  }
  return percent(share, share < 0.0995 || share >= 0.9 ? 1 : 0);
}

/** Decimal units, as file managers and model sites write them: `6.94 GB`. */
export function formatBytes(t: Words, bytes: number): string {
  return formatUnit(t, bytes, "");
}

/** `1.83 GB/s`. */
export function formatRate(t: Words, bytes_per_second: number): string {
  return formatUnit(t, bytes_per_second, "-per-second");
}

function formatUnit(t: Words, bytes: number, suffix: string): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const unit = `${UNITS[power]}${suffix}`;
  const unitDisplay = power === 0 ? "long" : "short";
  const format = inLanguage(t, { style: "unit", unit, unitDisplay, maximumSignificantDigits: 3 });
  return format.format(bytes / 1000 ** power);
}

/** `8 s`, `2 min 05 s`. */
export function formatSeconds(t: Words, seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60
    ? t.progress.seconds(whole)
    : t.progress.minutes(Math.floor(whole / 60), String(whole % 60).padStart(2, "0"));
}

/** Decimals of a figure: what rounding alone can do is smaller. */
const DECIMALS = 6;

/**
 * An estimate and the half-width of its interval, as in every export: two digits of the half-width,
 * which is never smaller than the accuracy, and the same decimals of the figure.
 */
export function estimateDigits(value: number, halfWidth: number): [value: string, by: string] {
  const by = Math.max(halfWidth, 10 ** -DECIMALS);
  let decimals = 1;
  while (decimals < DECIMALS && by < 10 ** (1 - decimals)) {
    decimals += 1;
  }
  return [figureDigits(value, decimals), figureDigits(by, decimals)];
}

/** A figure to as many decimals as mean something, rounded as in every export. */
export function figureDigits(value: number, decimals = DECIMALS): string {
  const unit = 10 ** decimals;
  const scaled = Math.round(Math.abs(value) * unit);
  // beyond that, neighbouring numbers are further apart than the last place
  if (!(scaled <= Number.MAX_SAFE_INTEGER)) {
    return allFigureDigits(value);
  }
  const sign = value < 0 && scaled > 0 ? "-" : "";
  const places = String(scaled % unit).padStart(decimals, "0");
  return `${sign}${Math.floor(scaled / unit)}.${places}`;
}

/** All digits of a figure; whole figures carry their point, as in the report. */
export function allFigureDigits(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

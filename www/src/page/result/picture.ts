/** The result as a picture to post, drawn on a canvas of this page. */

import type { Scope } from "../../weightkin.js";
import type { Words } from "../language/words/en.js";

import { spoken } from "./figure.js";
import { gapOf, gapSentence } from "./headline.js";
import { heat } from "./heat.js";
import { drawnBy, type Look, nameOf, nearestFirst, other, pairBetween } from "./look.js";

const WIDTH_PX = 1200;
const HEIGHT_PX = 630;
const MARGIN_PX = 64;
/** Drawn at this many pixels per pixel, for sharp text on any screen. */
const DENSITY = 2;
/** Relatives that find room. */
const ROWS = 5;

/** Draws the card in the colours and fonts of an element, and returns it as PNG. */
export async function drawPicture(t: Words, look: Look, within: Element): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH_PX * DENSITY;
  canvas.height = HEIGHT_PX * DENSITY;
  const context = canvas.getContext("2d");
  if (!context) {
    throw new Error("the browser draws no pictures");
  }
  context.scale(DENSITY, DENSITY);
  draw(t, new Brush(context, within), look);
  const { promise, resolve, reject } = Promise.withResolvers<Blob>();
  canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture was made"))));
  return promise;
}

function draw(t: Words, brush: Brush, look: Look): void {
  const { report, of } = look;
  const pairs = nearestFirst(report.pairs, of, "column_cosine");
  const [closest] = pairs;
  const { unfinished = 0 } = report.compared;
  const overline =
    t.result.of(nameOf(report, of)) + (unfinished > 0 ? ` · ${t.result.partial}` : "");
  const right = WIDTH_PX - MARGIN_PX;
  brush.fill("--paper", 0, 0, WIDTH_PX, HEIGHT_PX);
  brush.text(overline, MARGIN_PX, 84, "400 24px sans", "--ink-soft", right - MARGIN_PX);
  const gap = gapOf(report, of);
  if (gap) {
    const sentence = gapSentence(t, report, gap);
    brush.text(sentence, MARGIN_PX, 138, "400 36px serif", "--ink", right - MARGIN_PX);
  } else if (closest) {
    const name = nameOf(report, other(closest, of));
    brush.text(
      t.result.closestTo(name),
      MARGIN_PX,
      138,
      "400 44px serif",
      "--ink",
      right - MARGIN_PX,
    );
    if (closest.column_cosine !== null) {
      const interval = closest.intervals?.column_cosine;
      const digits = spoken(closest.column_cosine, interval);
      const sizePx = interval === undefined ? 96 : 64;
      const end = brush.text(digits, MARGIN_PX, 238, `300 ${sizePx}px sans`, "--ink", 600);
      const words = closest.verdict ? t.verdicts[closest.verdict] : "";
      brush.text(words, end + 28, 238, "600 26px sans", "--accent-strong", right - end - 28);
      brush.text(t.result.unit, end + 28, 204, "400 20px sans", "--ink-soft", right - end - 28);
    }
  }
  const rows = pairs.slice(0, ROWS);
  const blocks = drawnBy(report, "block");
  const top = 308;
  const pitch = Math.min(54, 232 / Math.max(rows.length, 1));
  const stripLeft = MARGIN_PX + 420;
  const cell = (right - stripLeft) / Math.max(blocks.length, 1);
  brush.text(
    t.share.pictureBlocks,
    stripLeft,
    top - 18,
    "400 17px sans",
    "--ink-soft",
    right - stripLeft,
  );
  rows.forEach((pair, row) => {
    const y = top + row * pitch;
    const model = other(pair, of);
    const middle = y + pitch / 2 + 4;
    brush.text(nameOf(report, model), MARGIN_PX, middle, "400 21px sans", "--ink", 270);
    const interval = pair.intervals?.column_cosine;
    const digits = pair.column_cosine === null ? "–" : spoken(pair.column_cosine, interval);
    const font = interval === undefined ? "500 21px sans" : "500 15px sans";
    brush.text(digits, MARGIN_PX + 280, middle, font, "--ink", 130);
    blocks.forEach((block, column) => {
      const value = pairBetween(block.pairs, of, model)?.column_cosine;
      brush.heat(heat(value, "column_cosine"), stripLeft + column * cell, y, cell, pitch - 12);
    });
  });
  const below = top + rows.length * pitch + 12;
  // a name that would touch the one before it stands a line lower
  const ends = [0, 0];
  for (const { name, column } of groups(blocks)) {
    const x = stripLeft + column * cell;
    const line = ends.findIndex((end) => x > end);
    if (line >= 0) {
      const y = below + line * 13;
      const end = brush.text(name, x, y, "400 10.5px sans", "--ink-soft", right - x);
      ends[line] = end + 6;
    }
  }
  brush.fill("--line", MARGIN_PX, HEIGHT_PX - 70, right - MARGIN_PX, 1);
  brush.text(
    t.share.pictureFoot,
    MARGIN_PX,
    HEIGHT_PX - 34,
    "400 18px sans",
    "--ink-soft",
    right - MARGIN_PX,
  );
}

/** Where each kind of block begins: `IN`, `MID`, `OUT`, … */
function groups(blocks: Scope[]): { name: string; column: number }[] {
  const kind = (name = "") => name.replace(/\d+$/, "");
  return blocks.flatMap(({ name }, column) =>
    kind(name) === kind(blocks[column - 1]?.name) ? [] : [{ name: kind(name), column }],
  );
}

/** The page's colours and fonts on a canvas. */
class Brush {
  readonly #context: CanvasRenderingContext2D;
  readonly #within: Element;
  readonly #fonts: Record<string, string>;

  constructor(context: CanvasRenderingContext2D, within: Element) {
    this.#context = context;
    this.#within = within;
    const style = getComputedStyle(within);
    this.#fonts = {
      sans: style.getPropertyValue("--sans"),
      serif: style.getPropertyValue("--serif"),
    };
  }

  fill(colour: string, x: number, y: number, width: number, height: number): void {
    this.#context.fillStyle = this.#resolved((probe) => {
      probe.style.backgroundColor = `var(${colour})`;
    });
    this.#context.fillRect(x, y, width, height);
  }

  heat(step: string, x: number, y: number, width: number, height: number): void {
    this.#context.fillStyle = this.#resolved((probe) => {
      probe.className = step;
    });
    this.#context.fillRect(x, y, Math.max(width - 1, 1), height);
  }

  /** Writes one line, shortened to `room` pixels; returns where it ends. */
  text(words: string, x: number, y: number, font: string, colour: string, room: number): number {
    const context = this.#context;
    const family = font.split(" ").at(-1) ?? "sans";
    context.font = font.replace(family, this.#fonts[family] ?? "sans-serif");
    context.fillStyle = this.#resolved((probe) => {
      probe.style.backgroundColor = `var(${colour})`;
    });
    let shown = words;
    while (shown.length > 1 && context.measureText(shown).width > room) {
      shown = `${shown.slice(0, -2)}…`;
    }
    context.fillText(shown, x, y);
    return x + context.measureText(shown).width;
  }

  /** The colour that the style sheet gives an element, in the theme in use. */
  #resolved(dress: (probe: HTMLElement) => void): string {
    const probe = document.createElement("i");
    probe.hidden = true;
    dress(probe);
    this.#within.append(probe);
    const { backgroundColor } = getComputedStyle(probe);
    probe.remove();
    return backgroundColor;
  }
}

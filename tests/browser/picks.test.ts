import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { ja } from "../../www/src/page/language/words/ja.ts";
import { zhCN } from "../../www/src/page/language/words/zh-cn.ts";
import { App } from "./harness/app.ts";
import { violations } from "./harness/axe.ts";
import { checkpoint } from "./harness/families.ts";
import { drop, useLanguage } from "./harness/page-actions.ts";
import { inEachEngine } from "./harness/scene.ts";
import { safetensors, scratchFolder, writeInto } from "./harness/scratch.ts";

const folder = scratchFolder("picks");
const LANGUAGES = { ja, "zh-CN": zhCN, en };

/** Files that are picked by mistake, and the kind of mistake the page must name. */
const WRONG: [
  what: string,
  name: string,
  content: Uint8Array | string,
  code: keyof typeof en.failures,
][] = [
  ["a LoRA", "lora.safetensors", lora(), "lora"],
  ["a pickle in a zip archive", "model.ckpt", "PK\x03\x04\0\0", "pickle"],
  ["a bare pickle", "model.safetensors", Buffer.from("80027d71002e", "hex"), "pickle"],
  ["an old GGML", "model.bin", "tjgg\x03\0\0\0\0\0\0\0", "gguf"],
  ["a GGUF that broke off", "model.gguf", "GGUF\x03\0\0\0\0\0\0\0", "gguf_damaged"],
  ["a GGUF of the first version", "first.gguf", `GGUF\x01${"\0".repeat(27)}`, "gguf_version"],
  ["a picture", "picture.safetensors", Buffer.from("89504e470d0a1a0a0000000d", "hex"), "picture"],
  ["an error page", "page.safetensors", "<!doctype html><title>404</title>", "web_page"],
  [
    "a Git LFS pointer",
    "pointer.safetensors",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "lfs_pointer",
  ],
  ["an archive", "model.7z", Buffer.from("377abcaf271c00040000", "hex"), "archive"],
  ["a document", "paper.pdf", "%PDF-1.7\n", "document"],
  ["a JSON file under a model's name", "workflow.safetensors", '{"nodes": []}', "json_file"],
  ["an empty file", "empty.safetensors", "", "empty_file"],
  [
    "a download that broke off",
    "truncated.safetensors",
    readFileSync(checkpoint("small", "base_a")).subarray(0, 1_000_000),
    "truncated",
  ],
];

function lora(): Uint8Array {
  return safetensors({
    "lora_unet_down_blocks_0.lora_up.weight": [8, 4],
    "lora_unet_down_blocks_0.lora_down.weight": [4, 8],
    "lora_unet_down_blocks_0.alpha": [],
  });
}

inEachEngine((scene) => {
  test.each(WRONG)(
    "%s: the card says what it is and what to do",
    async (_, name, content, code) => {
      const path = writeInto(folder, name, content);
      const app = await App.open(scene);
      await app.pick(checkpoint("small", "base_a"), [path]);
      for (const [tag, words] of Object.entries(LANGUAGES)) {
        await useLanguage(app.page, tag);
        const said = await app.page.evaluate(
          () => document.querySelector(".card.broken .problem")?.textContent ?? "",
        );
        expect(said).toBe(words.failures[code]);
      }
      const canCompare = await app.page.evaluate(
        () => !document.querySelector<HTMLButtonElement>("#compare")?.disabled,
      );
      expect(canCompare).toBe(false);
      expect(await app.page.errors()).toEqual([]);
    },
  );

  test("a JSON file that is no report is refused in words, where a report would open", async () => {
    const { page } = await App.open(scene);
    await drop(page, "main", [{ name: "workflow.json", text: '{"nodes": []}' }]);
    const said = await page.waitFor(
      "the failure",
      () => document.querySelector("#failure")?.textContent,
    );
    expect(said).toContain(en.failures.not_a_report);
    expect(said).toContain("workflow.json");
  });

  test("cards name architecture, dtype, size, parts and what is ignored", async () => {
    const files = ["edge_ema", "dt_mixed"].map((name) => checkpoint("small", name));
    const app = await App.open(scene);
    await app.pick(files[0] ?? "", files.slice(1));
    const [ema = "", mixed = ""] = await app.cards(2);
    expect(ema).toContain("Stable Diffusion XL");
    expect(ema).toMatch(/MB/);
    expect(ema).toMatch(/EMA tensors/);
    for (const part of ["U-Net", "TE-L", "TE-G", "VAE"]) expect(ema).toContain(part);
    expect(mixed).toMatch(/F16 \+|BF16 \+|F32 \+/);
  });

  test("a dropped diffusers folder is one model", async () => {
    const unet = Buffer.from(
      safetensors({ "conv_in.weight": [4, 4, 3, 3], "conv_out.weight": [4, 4, 3, 3] }),
    ).toString("base64");
    const half = Buffer.from(safetensors({ "conv_in.weight": [4, 4, 3, 3] })).toString("base64");
    const text = Buffer.from(safetensors({ "text_model.final_layer_norm.weight": [8] })).toString(
      "base64",
    );
    const app = await App.open(scene);
    // a script cannot drop folders, so the entries of a dropped one are stood in for
    await app.page.evaluate(
      (unet, half, text) => {
        const file = (fullPath: string, base64: string) => {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          const name = fullPath.split("/").at(-1) ?? "";
          const entry = { isFile: true, isDirectory: false, name, fullPath };
          return {
            ...entry,
            file: (found: (file: File) => void) => found(new File([bytes], name)),
          };
        };
        const directory = (fullPath: string, children: unknown[]) => ({
          isFile: false,
          isDirectory: true,
          name: fullPath.split("/").at(-1),
          fullPath,
          createReader: () => {
            const pages = [children, []];
            return { readEntries: (found: (entries: unknown) => void) => found(pages.shift()) };
          },
        });
        const root = directory("/my-model", [
          directory("/my-model/unet", [
            file("/my-model/unet/diffusion_pytorch_model.safetensors", unet),
            file("/my-model/unet/diffusion_pytorch_model.fp16.safetensors", half),
            file("/my-model/unet/config.json", btoa("{}")),
          ]),
          directory("/my-model/text_encoder", [
            file("/my-model/text_encoder/model.safetensors", text),
          ]),
          file("/my-model/README.md", btoa("text")),
        ]);
        DataTransferItem.prototype.webkitGetAsEntry = () => root as unknown as FileSystemEntry;
      },
      unet,
      half,
      text,
    );
    await drop(app.page, "main", [{ name: "my-model", text: "" }]);
    const [card = ""] = await app.cards(1);
    expect(card).toContain("my-model");
    expect(card).toContain("2 files");
    expect(card).toContain("3 tensors");
    expect(card).toContain("U-Net");
    expect(card).toContain("TE-L");

    // what is not read is listed, and another variant can be chosen
    const { page } = app;
    const listed = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".not-read dd")].map((file) => file.textContent),
      );
    expect(await listed()).toEqual([
      "README.md",
      "unet/config.json",
      "unet/diffusion_pytorch_model.fp16.safetensors",
    ]);
    for (const [tag, words] of Object.entries(LANGUAGES)) {
      await useLanguage(page, tag);
      const said = await page.evaluate(
        () => document.querySelector(".not-read summary")?.textContent,
      );
      expect(said).toBe(words.notRead.beside("3"));
    }
    await page.evaluate(() => document.querySelector<HTMLElement>(".not-read summary")?.click());
    expect(await violations(page)).toEqual([]);
    const choose = (value: string) =>
      page.evaluate((value) => {
        const select = document.querySelector<HTMLSelectElement>(".variant select");
        if (select) {
          select.value = value;
          select.dispatchEvent(new Event("change"));
        }
      }, value);
    const tensors = (count: number) =>
      page.waitFor(
        `${count} tensors`,
        (text: string) => document.querySelector(".facts")?.textContent?.includes(text),
        { args: [en.card.tensors(String(count))] },
      );
    await choose("fp16");
    await tensors(2);
    expect(await listed()).toContain("unet/diffusion_pytorch_model.safetensors");
    expect(await violations(page)).toEqual([]);
    await choose("");
    await tensors(3);
    expect(await page.errors()).toEqual([]);
  });
});

/**
 * Every word the page shows, in one place. Another language is another object of this type; the
 * elements only ever see `t`.
 */
import type { Failure, LeftOut, Verdict } from "../weightkin.js";

const en = {
  app: {
    name: "weightkin",
    purpose: "See how closely model checkpoints are related.",
    lead: "Pick a checkpoint and the models it may descend from. weightkin reads every weight and tells you which one it is closest to, and by how much.",
    promise: "Your files never leave this computer.",
    promise_detail:
      "Everything is computed in this tab. The page is not allowed to send anything anywhere, and works with the network unplugged.",
    footer:
      "A high similarity is a measurement, not a proof of copying: it says how alike the weights are, not how they came to be.",
    running_title: (percent: string) => `${percent} – weightkin`,
  },
  roles: {
    checkpoint: {
      title: "The checkpoint",
      hint: "the model in question",
      pick: "Choose a checkpoint",
      pick_again: "Choose another",
    },
    relative: {
      title: "Its possible relatives",
      hint: "bases, parents, siblings",
      pick: "Choose relatives",
      pick_again: "Add more",
    },
  },
  zone: {
    drop_hint: "or drop .safetensors files or folders here",
    reading: (files: number) => (files === 1 ? "Reading 1 file" : `Reading ${files} files`),
    nothing_in_folder: "No .safetensors file was found in what was dropped.",
    nothing_in_folder_name: "Dropped folder",
  },
  card: {
    tensors: "tensors",
    parameters: "parameters",
    shards: (files: number) => `${files} files`,
    metadata: "Metadata",
    remove: (name: string) => `Remove ${name}`,
    make_checkpoint: "Make this the checkpoint",
    make_checkpoint_name: (name: string) => `Make ${name} the checkpoint`,
    make_relative: "Move to relatives",
    make_relative_name: (name: string) => `Move ${name} to the relatives`,
    details: "Exact message",
  },
  actions: {
    include_vae: "Include the VAE",
    include_vae_hint: "Usually shared bit for bit; leaving it out keeps the figure meaningful.",
    compare: "Compare",
    cancel: "Cancel",
    samples: "Try with samples",
    samples_loading: "Loading samples",
    need_checkpoint: "Add a checkpoint to begin.",
    need_relative: "Add at least one possible relative.",
    still_reading: "Reading headers.",
    some_broken: "Files with a problem will be left out.",
  },
  progress: {
    title: "Comparing",
    of: (done: string, total: string) => `${done} of ${total}`,
    left: (time: string) => `${time} left`,
    estimating: "estimating time",
    starting: "Planning the read",
    estimates: "So far, an estimate",
    estimates_hint: "Running means over the columns read so far. They move until the end.",
    bar: "Comparison progress",
  },
  result: {
    overline: "Closest relative",
    of: (name: string) => `of ${name}`,
    sentence: (name: string, cosine: string, words: string) =>
      `Closest to ${name}: ${cosine}, ${words}.`,
    ahead: (margin: string, name: string) => `${margin} ahead of ${name}.`,
    undefined: "undefined",
    unit: "mean column cosine",
    ranking: "Every relative of the checkpoint",
    pairs: "All pairs",
    pairs_caption: "Every pair of models with its exact figures",
    pair: "Pair",
    columns: {
      column_cosine: "Column cosine",
      columns: "Columns",
      flat_cosine: "Flat cosine",
      relative_distance: "Relative distance",
      identical_tensors: "Identical tensors",
    },
    columns_explained: {
      column_cosine:
        "The headline number: the mean cosine over all weight columns of all compared tensors.",
      columns: "Columns averaged; columns with NaN or infinite values are left out.",
      flat_cosine: "One cosine over all weights taken as a single long vector.",
      relative_distance:
        "Length of the difference, relative to the first model's length. 0 means identical.",
      identical_tensors: "Tensors that are equal in every value.",
    },
    left_out_columns: (columns: string) => `${columns} left out`,
    explain: "What do these numbers mean?",
    compared: (tensors: string, columns: string) =>
      `${tensors} tensors with ${columns} columns compared.`,
    left_out: "What was left out",
    left_out_none: "Nothing was left out: every tensor of every model was compared.",
    left_out_more: "The rest is in the report JSON.",
    download: "Download report JSON",
    announce_done: "Comparison finished.",
  },
  verdicts: {
    too_close: "too close for comfort",
    fair_difference: "fair difference",
    large_difference: "large difference",
    other_ancestry: "other ancestry mixed in",
  } satisfies Record<Verdict, string>,
  left_out_reasons: {
    vae: "VAE, left out by default",
    missing: "Not in every model",
    shape: "Shapes differ",
    dtype: "Stored in a format that cannot be compared on its own",
  } satisfies Record<LeftOut["reason"], string>,
  missing_in: (names: string) => `not in ${names}`,
  outcome: {
    cancelled: "Cancelled. Everything was freed; press Compare to start again.",
    failed: "The comparison stopped.",
    announce_percent: (percent: string) => `${percent} compared`,
  },
  /** What each kind of error means and what to do; kinds not listed show the core's message. */
  failures: {
    header_too_small: "This is not a safetensors file, or only its first bytes arrived.",
    header_too_large: "This is not a safetensors file: what should be its header is far too long.",
    header_beyond_file:
      "This is not a safetensors file, or the download broke off at the very start.",
    header_not_utf8: "This is not a safetensors file: its header is not text.",
    header_not_an_object:
      "This is not a safetensors file. If it is a .ckpt or .pt, convert it first.",
    header_not_json: "This file’s header is damaged. Download it again.",
    truncated: "This file is incomplete: the download broke off. Download it again.",
    trailing_bytes: "This file is longer than its header says. It is damaged or was appended to.",
    unknown_dtype: "This file stores numbers in a format weightkin does not know.",
    missing_shard: "A part of this model is missing. Add all its files together.",
    missing_tensor: "The index of this model does not fit its files.",
    tensor_in_two_files: "Two files of this model hold the same tensor.",
    bad_index: "This is not the index of a sharded model.",
    no_files: "There is no .safetensors file in it.",
    file_unreadable:
      "The browser could not read this file. It may have been moved or changed; pick it again.",
    file_changed: "This file changed on disk since it was picked. Pick it again.",
    file_vanished: "This file is no longer where it was. Pick it again.",
    permission_lost: "The browser may no longer read this file. Pick it again.",
    nothing_in_common:
      "These models share no tensor of the same name and shape, so there is nothing to compare.",
    too_many_models: "That is more models than one comparison can hold.",
    out_of_memory: "The browser ran out of memory. Close other tabs and try again.",
    lane_crashed: "A worker crashed. The page is fine; try again.",
    desk_crashed: "A worker crashed. The page is fine; try again.",
    core_unavailable: "The program could not be loaded. Reload the page.",
    samples_unavailable: "The samples could not be loaded.",
    nothing_in_folder: "There is no .safetensors file in it.",
  } as Record<string, string | undefined>,
};

/** The strings in use. */
export const t = en;

/** A failure in plain words; the core's own message, capitalised, where no sentence exists. */
export function plainWords(failure: Failure): string {
  const { message } = failure;
  return t.failures[failure.kind] ?? `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

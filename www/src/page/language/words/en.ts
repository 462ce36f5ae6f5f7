/** English: the first language, and the measure of what the others must say. */
import type {
  Architecture,
  LeftOutParameters,
  NotReadReason,
  Relation,
  ScopeBy,
  Verdict,
} from "../../../weightkin.js";

export const en = {
  /** For numbers, and the value of the document's `lang`. */
  locale: "en",
  app: {
    name: "weightkin",
    purpose: "See how closely model checkpoints are related.",
    lead: "Pick a checkpoint and the models it may descend from. weightkin reads every weight and tells you which one it is closest to, by how much, in which blocks, and what it was probably mixed from.",
    promise: "Your files never leave this computer.",
    promiseDetail:
      "Everything is computed in this tab. The page is not allowed to send anything anywhere, and works with the network unplugged.",
    description:
      "See how closely AI model checkpoints are related, on your own computer, without uploading a byte.",
    footer:
      "A high similarity is a measurement, not a proof of copying: it says how alike the weights are, not how they came to be. What a licence allows is for you to judge.",
    runningTitle: (percent: string) => `${percent} – weightkin`,
    language: "Language",
    close: "Close",
  },
  roles: {
    checkpoint: {
      title: "The checkpoint",
      hint: "the model in question",
      pick: "Choose a checkpoint",
      pickAgain: "Choose another",
      pickFolder: "Choose a folder",
      pickFolderName: "Choose a folder as the checkpoint",
    },
    relative: {
      title: "Its possible relatives",
      hint: "bases, parents, siblings",
      pick: "Choose relatives",
      pickAgain: "Add more",
      pickFolder: "Choose a folder",
      pickFolderName: "Choose a folder of relatives",
    },
  },
  zone: {
    dropHint: "or drop .safetensors or .gguf files or folders here",
    reading: (files: number) => (files === 1 ? "Reading 1 file" : `Reading ${files} files`),
    nothing_in_folder: "No .safetensors or .gguf file was found in what was dropped.",
    nothingInFolderName: "Dropped folder",
  },
  card: {
    tensors: (count: string) => `${count} tensors`,
    parameters: (count: string) => `${count} parameters`,
    shards: (files: number) => `${files} files`,
    parts: "Parts present",
    absent: (part: string) => `no ${part}`,
    absentHint: "A complete checkpoint of this kind has this part; this file does not.",
    ema: (count: string) =>
      `${count} EMA tensors (training averages) are in the file; they are ignored.`,
    bookkeeping: (count: string) =>
      `${count} tensors belong to a quantisation and are no weights; they are left out.`,
    notes: "Notes in the file",
    notesRest: (count: string) => `${count} more entries`,
    remove: (name: string) => `Remove ${name}`,
    makeCheckpoint: "Make this the checkpoint",
    makeCheckpointName: (name: string) => `Make ${name} the checkpoint`,
    makeRelative: "Move to relatives",
    makeRelativeName: (name: string) => `Move ${name} to the relatives`,
    makeAncestor: "Mark as the common ancestor",
    makeAncestorName: (name: string) => `Mark ${name} as the common ancestor`,
    ancestor: "Common ancestor",
    details: "Exact message",
  },
  notRead: {
    beside: (count: string) => `Not read in the folder: ${count}`,
    inNoModel: (count: string) => `In no model: ${count}`,
    reasons: {
      variant: "Another variant of the same weights",
      not_in_index: "Beside the files that make the model",
      stale_index: "An index whose files are not there or belong to another",
      other_model: "A model of its own",
      other_format: "Weights in another format",
      fingerprint: "A fingerprint",
      no_weights: "No weights",
    } satisfies Record<NotReadReason, string>,
  },
  variant: {
    choose: "Variant",
    chooseName: (name: string) => `Variant of ${name}`,
    byItself: "most precise",
    read: (variant: string) => `The variant that is read is ${variant}.`,
  },
  fingerprint: {
    name: "Fingerprint",
    standsFor: (bytes: string, rows: string, columns: string) =>
      `Stands for the model with ${bytes} of its weights (density ${rows} rows, ${columns} of 1024 columns). Figures with it are estimates.`,
    save: "Save fingerprint",
    saveName: (name: string) => `Save fingerprint of ${name}`,
    saveOf: "Save a fingerprint, to compare without the file next time:",
    making: (percent: string) => `Reading samples, ${percent}`,
    saved: (bytes: string) => `Saved, ${bytes}`,
  },
  many: {
    title: "Fingerprints",
    chip: "Collection",
    index: "Index",
    indexed: (models: string) => `Describes ${models} models.`,
    count: (files: string) => `${files} files.`,
    hint: "The nearest relatives are looked for among them.",
    fetched:
      "The few fingerprints that matter are then fetched from where the index is, which sees which ones; your own file stays here.",
  },
  found: {
    seek: "Find the nearest",
    seeking: "Looking for the nearest relatives",
    reading: (done: string, total: string) => `Fingerprints read: ${done} of ${total}`,
    refining: (done: string, total: string) => `Comparing with the nearest: ${done} of ${total}`,
    of: (name: string) => `Nearest relatives of ${name}`,
    among: (models: string) => `${models} models of its kind, nearest first.`,
    none: "None of these models has enough tensors in common with it.",
    sketch: "coarse estimate",
    sketchHint:
      "Coarse estimates come from the index alone; the nearest were compared by their fingerprints.",
    more: (models: string) => `${models} more`,
    apart: (models: string) => `${models} models of other kinds were not ranked.`,
    failed: (files: string) => `${files} files took no part`,
    missing: (files: number) =>
      files === 1
        ? "One more fingerprint would settle the ranking:"
        : `${files} more fingerprints would settle the ranking:`,
    choose: "Choose them",
    compare: (models: number) =>
      models === 1 ? "Compare with the nearest" : `Compare with the nearest ${models}`,
    save: "Save ranking",
  },
  architectures: {
    language: "Language model",
    text_encoder: "Text encoder only",
    vae: "VAE only",
    unknown: "Unknown architecture",
  } as Partial<Record<Architecture, string>>,
  actions: {
    includeVae: "Include the VAE",
    includeVaeHint: "Usually shared bit for bit; leaving it out keeps the figure meaningful.",
    compare: "Compare",
    cancel: "Cancel",
    samples: "Try with samples",
    samplesLoading: "Loading samples",
    needCheckpoint: "Add a checkpoint to begin.",
    needRelative: "Add at least one possible relative.",
    stillReading: "Reading headers.",
    someBroken: "Files with a problem will be left out.",
    reopenHint: "A saved report (.json) can be dropped here too.",
  },
  widget: {
    title: "Which model is a checkpoint closest to?",
    comparedWith: "Compared with",
    loading: "Loading them",
    needs: "Add a checkpoint and at least one possible relative.",
  },
  progress: {
    title: "Comparing",
    of: (done: string, total: string) => `${done} of ${total}`,
    left: (time: string) => `${time} left`,
    estimating: "estimating time",
    starting: "Planning the read",
    estimates: "So far, an estimate",
    estimatesHint: "Running means over the columns read so far. They move until the end.",
    matrix: "All models, estimated",
    keepEstimates: "Stop, keep the estimates",
    exactFollows:
      "The estimates below come from a small sample. The exact figures replace them when this is through.",
    stalled:
      "Nothing has been read for a while. A file on a drive that sleeps, or in the network, may take its time; if it does not go on, cancel.",
    bar: "Comparison progress",
    seconds: (seconds: number) => `${seconds} s`,
    minutes: (minutes: number, seconds: string) => `${minutes} min ${seconds} s`,
  },
  result: {
    closestTo: (name: string) => `Closest to ${name}`,
    of: (name: string) => `Result for ${name}`,
    sentence: (name: string, cosine: string, words: string) =>
      `Closest to ${name}: ${cosine}, ${words}`,
    ahead: (margin: string, name: string) => `${margin} ahead of ${name}`,
    about: (figure: string) => `about ${figure}`,
    estimated: "Estimates",
    estimatedDetail:
      "Figures with ± come from a sample of the weights: with 95 % confidence the whole models lie within that distance. Figures without ± are exact.",
    stop: ".",
    join: "; ",
    context: (a: string, b: string, cosine: string) =>
      `For scale: ${a} and ${b} have ${cosine} between themselves.`,
    undefined: "undefined",
    unit: "mean column cosine",
    rankingOf: (name: string) => `Every relative of ${name}`,
    announceDone: "Comparison finished.",
    partial: "Partial result",
    partialDetail: (done: string, total: string) =>
      `The comparison was stopped after ${done} of ${total} tensors. The figures cover those only and would still move.`,
    reopened: "From a saved report",
    reopenedDetail: "The models themselves are not needed: every figure follows from the report.",
    gap: (percent: string, name: string) =>
      `Only ${percent} of the weights of ${name} could be compared`,
    gapDetail: (cause: string) => `Most of the others ${cause}. So nothing is said of this model.`,
    gapCauses: {
      quantised:
        "are quantised, in one of the models, in a form that cannot be undone here: compare an unquantised copy",
      dtype: "are stored in a form that cannot be compared: compare an unquantised copy",
      missing: "have names that are not in every model: compare files of one kind, or fewer models",
      shape: "have shapes that differ: these are models of different sizes",
      rows: "are rows that only some of the models have",
      not_sampled: "are not in the fingerprint: compare the model itself",
      other: "were left out",
    },
    zeroColumns: (cosine: string, columns: string) =>
      `Without the columns that are zero in both models (${columns}) and count 0 in the mean, it is ${cosine}.`,
    aligned: (tensors: string) =>
      `No name is in every model: ${tensors} tensors of one shape were aligned by what their names end with.`,
    shortColumns: (short: string, columns: string) =>
      `${short} of the ${columns} columns are of tensors with fewer than 8 rows, and say little.`,
    compared: (tensors: string, columns: string) =>
      `${tensors} tensors with ${columns} columns compared.`,
    everything: "All figures",
    figuresTable: "The figures as a table",
    nothing: "No figure in this part.",
  },
  looking: {
    title: "What is shown",
    of: "Model",
    scope: "Part",
    all: "Everything",
    measure: "Figure",
    ancestor: "Seen from",
    noAncestor: "no ancestor",
    pattern: "Tensor names",
    patternOption: "Tensors by name…",
    patternHint: "A part of the name, *attn2*, or /regex/",
    patternApply: "Show",
    scopeSize: (tensors: string, columns: string) => `${tensors} tensors, ${columns} columns`,
    announceScope: (name: string) => `Showing ${name}.`,
  },
  measures: {
    column_cosine: "Column cosine",
    ancestor_cosine: "Since the ancestor",
    flat_cosine: "Flat cosine",
    relative_distance: "Relative distance",
  },
  scopeGroups: {
    component: "Components",
    block: "Blocks",
    layer: "Text encoder layers",
    kind: "Kinds of layers",
    part: "Other parts",
    filter: "By name",
  } satisfies Record<ScopeBy, string>,
  /** Names of scopes and kinds that are words; the others are names and stay as they are. */
  scopeNames: {
    "self-attention": "self-attention",
    "cross-attention": "cross-attention",
    "feed-forward": "feed-forward",
    "attention + feed-forward": "attention + feed-forward",
    modulation: "modulation",
    projection: "projection",
    "convolution 3×3": "convolution 3×3",
    "convolution 1×1": "convolution 1×1",
    embedding: "embedding",
    "norms and biases": "norms and biases",
    other: "other",
    "closer to MID": "closer to MID",
    "1-D tensors": "1-D tensors",
    matrices: "matrices",
  } as Record<string, string>,
  matrix: {
    title: "All models",
    caption: (measure: string) => `${measure} of every pair of models`,
    itself: "itself",
  },
  scale: {
    title: "Colour scale",
    identical: "identical",
    logarithmic: "in steps of 1 − cosine, logarithmic",
    distance: "in steps of the distance, logarithmic",
    linear: "in even steps",
  },
  strip: {
    title: "Block by block",
    hint: "Point at a block for its figure; select it to look at that block alone.",
    first: (drawn: string, all: string) =>
      `Of ${all} blocks the first ${drawn} are drawn; the report JSON has all of them.`,
    keys: "Use the arrow keys to walk over the blocks, Enter to select one.",
    block: "Block",
    tensors: "Tensors",
    readout: (block: string, name: string, value: string) => `${block} · ${name}: ${value}`,
    caption: (measure: string) => `${measure} of every block`,
  },
  recipe: {
    title: "Probable recipe",
    overall: "Overall",
    byBlock: "Block by block",
    nearest: (name: string) =>
      `Nearest to ${name}, and apart from it in the direction of no other of these models. Which of the two came first, the weights do not show.`,
    mixture: (parts: string) => `Best described as a mixture: ${parts}.`,
    part: (weight: string, name: string) => `${weight} ${name}`,
    signed_mixture: (parts: string) =>
      `No plain merge of these models describes it. The best fit subtracts one of them: ${parts}.`,
    unrelated: "It shares no training with any of these models, so there is no recipe.",
    unclear:
      "No clear recipe: neither one of these models nor a mixture of them accounts for it well enough, or it is one of them that is better described by this model.",
    tooLittle:
      "Too little of one of these models could be compared, so nothing is said of what they were mixed from.",
    needsTwo: "A recipe needs at least two other models to choose from, or a named ancestor.",
    nothing: "It does not differ from the ancestor here, so there is nothing to explain.",
    caption: "Weight of every parent in each block",
    fit: "R²",
    whole: "Whole model",
    caveat:
      "This is the mixture of the given models that comes nearest, not a record of what was done. A parent that is not among them cannot show up.",
  } satisfies Record<Relation, unknown> & Record<string, unknown>,
  ancestor: {
    title: "Since a common ancestor",
    hint: "Descendants of one model share most of their weights. Name that model, and what the others have learnt since is compared instead.",
    choose: "Common ancestor",
    caption: (name: string) => `Cosine of what every pair has learnt since ${name}`,
    none: "Choose the model that all others descend from, for instance SDXL base.",
    undefinedNote: "Undefined where a model has learnt nothing since that is larger than rounding.",
  },
  tree: {
    title: "Family tree",
    hint: "Models joined closest first, by the mean distance between their groups. Distances, not history.",
    caption: "Joins of the tree, closest first",
    join: "Joined",
    distance: "Mean distance (1 − cosine)",
    and: " + ",
  },
  identical: {
    title: "Identical and frozen parts",
    sampled: "Where a pair is an estimate, identical means: as far as the sample goes.",
    none: "No tensor is identical in two of the models.",
    caption: "Identical tensors in each component",
    with: "Compared with",
    all: "all identical",
    of: (same: string, all: string) => `${same} of ${all}`,
    frozenBlocks: (blocks: string) => `Identical blocks: ${blocks}`,
  },
  tensors: {
    title: "Every tensor",
    against: "Compared with",
    filter: "Filter",
    filterHint: "part of a name, block or kind",
    shown: (shown: string, all: string) => `${shown} of ${all} tensors`,
    tensor: "Tensor",
    identical: "identical",
    identicalSample: "identical in the sample",
    caption: "Compared tensors with their figures",
    sort: (column: string) => `Sort by ${column}`,
    none: "No tensor matches.",
    commonRows: (rows: string) => `common rows of ${rows}`,
    scatter: "Similarity over depth",
    scatterLabel: (count: string, name: string) =>
      `Column cosine of ${count} tensors against ${name}, in the order the data passes them. The table below holds the same figures.`,
    matrices: "matrices",
    oneDimensional: "norms and biases (1-D)",
  },
  pairs: {
    title: "All pairs",
    caption: "Every pair of models with its exact figures",
    pair: "Pair",
    columns: {
      column_cosine: "Column cosine",
      columns: "Columns",
      flat_cosine: "Flat cosine",
      relative_distance: "Relative distance",
      identical_tensors: "Identical tensors",
    },
    left_out_columns: (columns: string) => `${columns} left out`,
  },
  leftOut: {
    title: "What was left out",
    none: "Nothing was left out: every tensor of every model was compared.",
    more: "The rest is in the report JSON.",
    missing_in: (names: string) => `not in ${names}`,
    shares: "Share of each model’s weights that was compared, without what is left out by choice",
    onlyIn: (names: string) => `in ${names}`,
    reasons: {
      vae: "VAE, left out by default",
      missing: "Not in every model",
      shape: "Shapes differ",
      positions: "Fixed tables of positions",
      ema: "Training averages (EMA)",
      adapter: "Adapters inside a model",
      bookkeeping: "Data of a quantisation",
      quantised: "Quantised in blocks",
      dtype: "Stored in a format that cannot be compared on its own",
      rows: "Rows that not every model has",
      not_sampled: "Not in the fingerprint",
    } satisfies Record<LeftOutParameters["reason"], string>,
  },
  share: {
    title: "Share",
    text: "Copy as text",
    markdown: "Copy as Markdown",
    picture: "Save picture",
    csv: "Save CSV",
    json: "Save report",
    copied: "Copied",
    saved: "Saved",
    copyFailed: "The browser did not allow copying.",
    hint: "Everything is made on this computer. A saved report can be dropped on this page again; the models are not needed for that.",
    pictureBlocks: "block by block, 1 − cosine",
    pictureFoot: "measured with weightkin · similarity is no proof of copying",
  },
  help: {
    open: (what: string) => `What is this: ${what}?`,
    headline:
      "For every column of every weight matrix the cosine between the two models is taken; this is the mean over all columns of all compared tensors. Columns that are zero in both models count 0, as in the original script; the verdict is judged without them. 1 means the same direction everywhere. Models that share an ancestor are all high, so read it beside the other models’ figures. A high value shows that the weights are alike; it is no proof of copying, and what a licence allows is your own judgement.",
    verdict:
      "Words for the headline number between models of one architecture: “the same weights” where all compared values are equal, from 0.98 “too close for comfort”, from 0.95 “fair difference”, from 0.90 “large difference”, below that “other ancestry mixed in”. They are orientation, not a finding.",
    fingerprint:
      "A small file (at most 16 MB) with a sample of a model’s rows, chosen by the tensors’ names and shapes alone, so that every model gives the same rows. It takes the model’s place in any comparison; the figures then carry ±. Make one from a model you have, and share it instead of gigabytes.",
    intervalName: "what ± means",
    interval:
      "This figure is estimated from a sample of the weights, not from all of them. In 95 of 100 cases the exact figure lies within ± of it. What sampling cannot see, such as a change in a single row that was not taken, is missing from it. To be certain, compare the whole models.",
    marginName: "lead and scale",
    margin:
      "The lead is the difference between the closest model and the second closest. If those two are themselves very alike, a small lead says little; if they are far apart, being close to one of them means something.",
    column_cosine:
      "The headline number: the mean cosine over all weight columns of the compared tensors.",
    columns:
      "Columns averaged. A column with a NaN or infinite value in either model is left out and counted.",
    flat_cosine:
      "One cosine over all weights taken as a single long vector. Large weights count more here than in the column cosine.",
    relative_distance:
      "Length of the difference between the two models, relative to the length of the first. 0 means identical.",
    identical_tensors:
      "Tensors that are equal in every value. Whole parts that are identical were probably never trained, or copied over as they are.",
    ancestor_cosine:
      "Cosine between what the two models have learnt since the ancestor, that is, between their differences to it. It spreads out what the plain cosine shows as 0.99 everywhere: near 1 means the same changes, near 0 independent ones, below 0 opposite ones. It is only meaningful if both really descend from that model.",
    matrix:
      "Every model against every other. If two possible parents are close to each other, being close to one of them means being close to both.",
    strip:
      "The same figure for each block, under the names merge tools use. The colours follow 1 − cosine on a logarithmic scale, since raw cosines all look alike. A block that stands out was trained, or mixed, differently from the rest.",
    recipe:
      "Non-negative weights of the other models whose mixture comes nearest, and R², the share of the differences it explains. Block-weighted merges show as different weights per block. It is a description by the models given here, not a record of what was done.",
    tree: "The two closest models are joined first, then the next closest, groups by the mean of their distances. It shows likeness; it does not know who came first.",
    identical:
      "Counts tensors that are the same bit for bit in both models. A frozen text encoder is common and says little on its own.",
    scatter:
      "One dot per tensor, from the first to the last layer. The higher, the more alike; the scale is logarithmic in 1 − cosine.",
    scope:
      "Restricts every figure below to a part of the model. Nothing is read again: the figures follow from what the one pass has kept.",
  },
  verdicts: {
    identical: "the same weights",
    too_close: "too close for comfort",
    fair_difference: "fair difference",
    large_difference: "large difference",
    other_ancestry: "other ancestry mixed in",
  } satisfies Record<Verdict, string>,
  outcome: {
    cancelled: "Cancelled. Everything was freed; press Compare to start again.",
    failed: "The comparison stopped.",
    announcePercent: (percent: string) => `${percent} compared`,
    reportFailed: "This report could not be opened.",
  },
  /** What each kind of error means and what to do; kinds not listed show the core's message. */
  offline: {
    ready: "A new version is ready.",
    replaced: "This page was updated in another tab.",
    hint: "The page reloads; models on it have to be added again.",
    update: "Update",
    reload: "Reload",
    later: "Later",
  },
  kept: {
    title: "Kept in this browser",
    count: (models: string, results: string) => `models: ${models}, results: ${results}`,
    hint: "All of this stays on this computer, and only until you delete it.",
    full: "The last result could not be kept: the browser has no space left. Deleting past results makes room.",
    results: "Past results",
    models: "Models used before",
    closest: (name: string, cosine: string) => `closest to ${name}: ${cosine}`,
    modelsCompared: (count: number) => `${count} models`,
    open: "Open",
    openName: (name: string) => `Open the result for ${name}`,
    delete: (name: string) => `Delete the result for ${name}`,
    deleteAll: "Delete all",
    add: "Add",
    addName: (name: string) => `Add ${name} to the relatives`,
    choose: "Choose file",
    hasFingerprint: (bytes: string) => `with its fingerprint, ${bytes}`,
    addFingerprint: "Adds its fingerprint: estimates without the file.",
    chooseName: (name: string) => `Choose the file of ${name} and add it to the relatives`,
    chooseHint: "This browser cannot open the file again by itself.",
    forget: (name: string) => `Forget ${name}`,
    forgetAll: "Forget all",
    sure: "Yes, delete all",
    notSure: "Keep",
    gone: "The file is no longer where it was. Choose it again.",
    not_allowed: "The browser was not allowed to open the file. Choose it again.",
    lastBases: (count: number) =>
      count === 1 ? "Add the base of last time" : `Add the ${count} bases of last time`,
    space: (used: string, quota: string) =>
      `weightkin takes ${used} of the ${quota} that this browser allows.`,
    persist: "Ask the browser never to clear it by itself",
    persisted: "The browser will not clear it by itself.",
    persistRefused: "The browser may clear it when space runs short.",
  },
  failures: {
    pickle:
      "This is a pickle checkpoint (.ckpt, .pt or .bin), a format that can run programs when it is opened. Look for the .safetensors version of the model.",
    gguf: "This is a file in an old form of llama.cpp, from before GGUF. Look for a .gguf or the original .safetensors files.",
    gguf_damaged:
      "This GGUF file is damaged or was not downloaded to its end: its header does not fit the file. Download it again.",
    gguf_type:
      "This GGUF file holds weights of a type that llama.cpp does not define. Look for another quantisation, or for the original .safetensors files.",
    gguf_version:
      "This is an old or big-endian GGUF file. Convert the model again, or look for a newer file.",
    picture: "This is a picture, not a model. Pick the .safetensors file instead.",
    web_page:
      "This is a web page saved under the model’s name, usually an error or login page. Download the file again, signed in if the site asks for it.",
    lfs_pointer:
      "This is a Git LFS pointer, a few lines that stand for the model. Fetch the file itself with “git lfs pull” or from the website.",
    archive: "This is an archive. Unpack it and pick the .safetensors file inside.",
    document: "This is a PDF document, not a model. Pick the .safetensors file instead.",
    json_file:
      "This is a JSON file, perhaps a workflow or a config, not a model. Pick the .safetensors file instead.",
    empty_file: "This file is empty. The download never started; download it again.",
    lora: "This is a LoRA: a difference to be added to a checkpoint, not a checkpoint. It cannot be compared with checkpoints; pick the model it was merged into instead.",
    not_a_report:
      "This JSON file is no weightkin report. Pick a report saved with “Save report”, or a .safetensors file.",
    report_too_new: "This report was written by a newer weightkin. Reload the page to get that.",
    report_inconsistent:
      "This report contradicts itself: it was damaged or changed. Save it again where it came from.",
    not_a_model: "This is an index of fingerprints, not a model. Add it to the relatives.",
    not_an_index: "This is no index of fingerprints. Make one with weightkin index.",
    index_too_new:
      "This index was made by a newer weightkin. Reload this page to get the newest version.",
    index_damaged:
      "This index is damaged: its contents do not match its checksum or description. Download it again, or make it anew from its fingerprints.",
    fingerprint_changed:
      "This fingerprint is not the one that the index describes. Make the index anew.",
    not_a_fingerprint: "This is no fingerprint. Pick a file saved with “Save fingerprint”.",
    fingerprint_too_new:
      "This fingerprint was made by a newer weightkin. Reload the page to get that.",
    fingerprint_damaged:
      "This fingerprint is damaged: its content does not fit its checksum or its description. Download it again, or make it anew from the model.",
    is_a_fingerprint: "This is a fingerprint already. Make a new one from the model itself.",
    fingerprint_rows: "No fingerprint has so many rows. Choose from 1 to 4096.",
    fingerprint_too_large: "No fingerprint of this model is that small. Allow a larger file.",
    bad_pattern: "This is not a valid regular expression.",
    header_too_small:
      "This is not a safetensors file, or only its first bytes arrived. Download it again.",
    header_too_large:
      "This is not a safetensors file: what should be its header is far too long. Pick the .safetensors file, or download it again.",
    header_beyond_file:
      "The download broke off at the very start, or this is not a safetensors file. Download it again.",
    header_not_utf8:
      "This is not a safetensors file: its header is not text. Pick another file, or download it again.",
    header_not_an_object:
      "This is not a safetensors file. If it is a .ckpt or .pt, look for the .safetensors version.",
    header_not_json: "This file’s header is damaged. Download it again.",
    duplicate_name: "This file’s header names a tensor twice; it is damaged. Download it again.",
    overflow: "This file’s header is damaged: a size in it is impossible. Download it again.",
    misaligned: "This file’s header is damaged: its sizes do not fit. Download it again.",
    backwards_offsets:
      "This file’s header is damaged: its offsets run backwards. Download it again.",
    size_mismatch: "This file’s header is damaged: its sizes do not fit. Download it again.",
    overlap: "This file’s header is damaged: two tensors overlap. Download it again.",
    gap: "This file has bytes that belong to no tensor; it is damaged. Download it again.",
    truncated: "This file is incomplete: the download broke off. Download it again.",
    trailing_bytes:
      "This file is longer than its header says. It is damaged or was appended to; download it again.",
    unknown_dtype:
      "This file stores numbers in a format weightkin does not know. Look for an F16, BF16 or FP8 version.",
    several_models: "The folder holds several models.",
    no_variant: "There is no such variant of the model.",
    missing_shard: "A part of this model is missing. Add all its files together.",
    missing_tensor: "The index of this model does not fit its files. Download them again.",
    tensor_in_two_files:
      "Two files of this model hold the same tensor. Pick the files of one version only.",
    bad_index: "This is not the index of a sharded model. Pick the .safetensors files themselves.",
    no_files: "There is no .safetensors or .gguf file in it. Pick the files of a model.",
    file_unreadable:
      "The browser could not read this file. It may have been moved or changed; pick it again.",
    file_changed: "This file changed on disk since it was picked. Pick it again.",
    file_vanished: "This file is no longer where it was. Pick it again.",
    permission_lost: "The browser may no longer read this file. Pick it again.",
    nothing_in_common:
      "These models share no tensor of the same name and shape, so there is nothing to compare. Compare models of one architecture.",
    too_few_models: "A comparison needs at least two models. Add another one.",
    too_many_models: "That is more models than one comparison can hold. Remove some.",
    too_large:
      "Together these models ask for more work than memory has room for, far more than any known model. Compare fewer, or check the files.",
    no_such_ancestor: "The model named as the ancestor is no longer there. Name another one.",
    no_such_target:
      "These adapters are to be added to a model that is no longer there. Name another one.",
    adapter_of_samples:
      "An adapter is compared with checkpoints whose files are there, not with samples or fingerprints.",
    out_of_memory: "The browser ran out of memory. Close other tabs and try again.",
    worker_crashed: "A worker crashed. The page is fine; try again.",
    coordinator_crashed: "A worker crashed. The page is fine; try again.",
    no_simd: "This browser is too old: it has no SIMD for WebAssembly.",
    core_unavailable: "The program could not be loaded. Reload the page.",
    bad_address: "The page around names something that is not a web address.",
    bad_list: "The page’s list of models to compare with cannot be read.",
    relative_unavailable:
      "A model to compare with could not be loaded. Check the connection and try again.",
    report_unavailable: "The report could not be loaded. Check the connection and reload the page.",
    samples_unavailable: "The samples could not be loaded. Check the connection and try again.",
    nothing_in_folder: "There is no .safetensors or .gguf file in it. Pick the folder of a model.",
  },
};

/** What every language must say. */
export type Words = typeof en;

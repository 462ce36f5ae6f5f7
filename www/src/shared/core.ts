/**
 * What the core says in JSON, and the limits it sets. Written by a test in `src/schema.rs` from the
 * core's own types; see there.
 */

/** Most models of one comparison. */
export const MAX_MODELS = 16;

/**
 * A whole report.
 */
export type Report = {
  /**
   * `FORMAT`.
   */
  format: string;
  /**
   * `VERSION`.
   */
  version: number;
  /**
   * Whether any figure is an estimate from samples; see `Pair::intervals`.
   */
  estimate?: boolean;
  /**
   * The compared models, in the order given.
   */
  models: Array<ReportModel>;
  /**
   * How much was compared.
   */
  compared: Compared;
  /**
   * The models of which too little was compared to say anything of them.
   */
  gaps?: Array<Gap>;
  /**
   * All pairs `a < b`, ordered by `a`, then `b`.
   */
  pairs: Array<Pair>;
  /**
   * For each model the one closest to it.
   */
  closest: Array<Closest>;
  /**
   * Parts of the checkpoints.
   */
  scopes: Array<Scope>;
  /**
   * The model named as the ancestor of all others.
   */
  ancestor: number | null;
  /**
   * What each model was probably mixed from, over all tensors.
   */
  recipes: Array<Recipe>;
  /**
   * The models joined step by step, closest first.
   */
  tree: Array<Join>;
  /**
   * Adapters that were compared with the models.
   */
  adapters?: Array<ReportAdapter>;
  /**
   * What they explain of the differences between their target and each other model.
   */
  adaptations?: Array<Adaptation>;
  /**
   * All compared tensors, by name.
   */
  tensors: Array<ReportTensor>;
};

/**
 * A model of a report.
 */
export type ReportModel = {
  /**
   * What the user calls it.
   */
  name: string;
  /**
   * Its files.
   */
  files: Array<FileFacts>;
  /**
   * What it is.
   */
  architecture: Architecture;
  /**
   * Tensors in them, compared or not.
   */
  tensors: number;
  /**
   * Elements of all of them.
   */
  parameters: number;
  /**
   * Their number formats, largest share first.
   */
  dtypes: Array<DtypeShare>;
  /**
   * What became of its parameters; `None` in reports from before they were counted.
   */
  account?: Account;
  /**
   * Share of its weights that was compared, those left out by choice not counted.
   */
  share?: number;
  /**
   * Whether only a sample of its weights took part. Pairs with such a model are estimates.
   */
  sampled?: boolean;
  /**
   * The variant that was read, where several lie side by side and it has a name.
   */
  variant?: string;
  /**
   * What lies beside its files and was not read.
   */
  not_read?: Array<NotRead>;
  /**
   * The fingerprint that stood in for it.
   */
  fingerprint?: ReportFingerprint;
};

/**
 * The fingerprint of a model that was not there itself.
 */
export type ReportFingerprint = {
  /**
   * Version of its sampling rule.
   */
  rule: number;
  /**
   * Rows it holds of a tensor with 1280 columns; see `crate::sample::Density`.
   */
  rows: number;
  /**
   * Columns it holds of every 1024.
   */
  columns: number;
};

/**
 * Name and size of one file of a model.
 */
export type FileFacts = {
  /**
   * File name, after the name of its folder and a `/` in a diffusers model.
   */
  name: string;
  /**
   * Size in bytes.
   */
  bytes: number;
};

/**
 * Tensors and bytes of one dtype in a model.
 */
export type DtypeShare = {
  /**
   * Number format; that of bytes where they are blocks.
   */
  dtype: string;
  /**
   * What the blocks are called.
   */
  blocks?: string;
  /**
   * Tensors stored in it.
   */
  tensors: number;
  /**
   * Bytes they take.
   */
  bytes: number;
};

/**
 * A family of models with the same tensors.
 */
export type Architecture =
  | "sd1"
  | "sd2"
  | "sdxl"
  | "svd"
  | "flux2"
  | "chroma"
  | "hunyuan_video15"
  | "hunyuan_video"
  | "cosmos1"
  | "anima"
  | "cosmos2"
  | "sd3"
  | "flux"
  | "aura_flow"
  | "z_image"
  | "lumina2"
  | "wan"
  | "qwen_image2"
  | "qwen_image"
  | "krea2"
  | "ltx2"
  | "ltx"
  | "pix_art"
  | "hi_dream"
  | "ernie_image"
  | "hunyuan_dit"
  | "stable_cascade"
  | "mochi"
  | "cog_video_x"
  | "sana"
  | "ideogram4"
  | "kandinsky5"
  | "language"
  | "text_encoder"
  | "vision"
  | "vae"
  | "lora"
  | "unknown";

/**
 * A file, or a folder without weights, that lies beside a model and is no part of it.
 */
export type NotRead = {
  /**
   * Its path from the model's folder; a folder ends in `/`.
   */
  file: string;
  /**
   * Why it is not read.
   */
  reason: NotReadReason;
  /**
   * Of another variant: which, where it has a name.
   */
  variant?: string;
};

/**
 * Why a file is not read.
 */
export type NotReadReason =
  | "variant"
  | "not_in_index"
  | "stale_index"
  | "other_model"
  | "other_format"
  | "fingerprint"
  | "no_weights";

/**
 * What became of the parameters of a model.
 */
export type Account = {
  /**
   * Parameters that were compared.
   */
  compared: number;
  /**
   * All others, the most first.
   */
  left_out: Array<LeftOutParameters>;
};

/**
 * Parameters of a model that were left out for one reason.
 */
export type LeftOutParameters = {
  /**
   * The reason, as in the list of left-out tensors; `rows` for rows beyond those that all models
   * have, `not_sampled` for what a fingerprint does not hold.
   */
  reason: string;
  /**
   * Elements as stored.
   */
  parameters: number;
  /**
   * How many weights they stand for: more than are stored where several are packed into one.
   */
  weights: number;
  /**
   * Whether they are left out by choice or are no weights, and so missed by nobody.
   */
  by_choice: boolean;
};

/**
 * A model of which too little was compared to say anything.
 */
export type Gap = {
  /**
   * Position of the model.
   */
  model: number;
  /**
   * Share of its weights that was compared.
   */
  share: number;
  /**
   * Why most of the others were not: a reason as in the list of left-out tensors.
   */
  reason: string;
  /**
   * Share of the weights that were left out for this reason.
   */
  reason_share: number;
};

/**
 * How much was compared.
 */
export type Compared = {
  /**
   * Tensors.
   */
  tensors: number;
  /**
   * Columns of all of them.
   */
  columns: number;
  /**
   * Bytes of all of them in all models.
   */
  bytes: number;
  /**
   * Tensors that were not finished, in the report of a comparison that was broken off.
   */
  unfinished?: number;
  /**
   * Columns of tensors of fewer than `FEW_ROWS` rows, which are of the sign more than of the
   * weights.
   */
  short_columns?: number;
  /**
   * Layers that moved.
   */
  layers?: Array<LayerMap>;
  /**
   * Everything else, by name.
   */
  left_out: Array<LeftOut>;
};

/**
 * Which layers of a model came from which of another.
 */
export type LayerMap = {
  /**
   * Position of the model that has the layers where they were.
   */
  parent: number;
  /**
   * Position of the model that has them where they are now.
   */
  child: number;
  /**
   * What stands in front of the number of a layer.
   */
  stack: string;
  /**
   * The layers of the child of which it is known, by number.
   */
  layers: Array<MovedLayer>;
  /**
   * Layers of the child of which it is not known: none of the parent's is alike, or several are.
   */
  unknown: number;
  /**
   * Whether the models were compared along it.
   */
  followed: boolean;
};

/**
 * A layer, and where it came from.
 */
export type MovedLayer = {
  /**
   * Its number.
   */
  layer: number;
  /**
   * The number that it had.
   */
  from: number;
  /**
   * Flat cosine of the samples of the two.
   */
  cosine: number;
  /**
   * The largest cosine with any other layer of the parent; `None` where there is no other.
   */
  runner_up: number | null;
};

/**
 * A tensor that is not compared.
 */
export type LeftOut = {
  /**
   * Name of the tensor.
   */
  name: string;
} & (
  | { reason: "vae" }
  | {
      reason: "missing";
      /**
       * Models without it.
       */
      missing_in: Array<number>;
    }
  | {
      reason: "positions";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "shape";
      /**
       * Shape in each model.
       */
      shapes: Array<Array<number>>;
    }
  | {
      reason: "ema";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "adapter";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "bookkeeping";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "quantised";
      /**
       * Models that store it so.
       */
      models: Array<number>;
    }
  | {
      reason: "dtype";
      /**
       * Dtype in each model.
       */
      dtypes: Array<string>;
    }
);

/**
 * Why a tensor is not compared. Model numbers are positions in the comparison.
 */
export type Reason =
  | { reason: "vae" }
  | {
      reason: "missing";
      /**
       * Models without it.
       */
      missing_in: Array<number>;
    }
  | {
      reason: "positions";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "shape";
      /**
       * Shape in each model.
       */
      shapes: Array<Array<number>>;
    }
  | {
      reason: "ema";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "adapter";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "bookkeeping";
      /**
       * Models that have it.
       */
      models: Array<number>;
    }
  | {
      reason: "quantised";
      /**
       * Models that store it so.
       */
      models: Array<number>;
    }
  | {
      reason: "dtype";
      /**
       * Dtype in each model.
       */
      dtypes: Array<string>;
    };

/**
 * Two models against each other.
 */
export type Pair = {
  /**
   * Position of the first model.
   */
  a: number;
  /**
   * Position of the second model.
   */
  b: number;
  /**
   * Tensors that hold the same values in both.
   */
  identical_tensors: number;
  /**
   * The figures in words; `None` without a column cosine, and where it is withheld.
   */
  verdict: Verdict | null;
  /**
   * Why there is no verdict although there is a column cosine.
   */
  withheld?: Withheld;
  /**
   * Cosine of what the two have learnt since the ancestor; `None` without an ancestor, or
   * where one of them has learnt nothing that rounding could not feign.
   */
  ancestor_cosine: number | null;
  /**
   * Half-widths of the 95 % intervals of the figures that are estimates; `None` where all are
   * exact.
   */
  intervals?: Intervals;
  /**
   * Mean of the column cosines, the headline number: `ΣS / (columns - left_out_columns)`.
   */
  column_cosine: number | null;
  /**
   * Columns, left-out ones included.
   */
  columns: number;
  /**
   * Columns with a NaN or an infinity in either model.
   */
  left_out_columns: number;
  /**
   * Columns of zeros among those counted; left out of the JSON where there are none.
   */
  zero_columns?: ZeroColumns;
  /**
   * Mean of the column cosines without the columns that are zero in both models, which is what
   * the verdict judges; `None` where there are no such columns, and so no other mean.
   */
  nonzero_column_cosine?: number;
  /**
   * Cosine of the flattened weights: `ΣG_ab / √(ΣG_aa · ΣG_bb)`.
   */
  flat_cosine: number | null;
  /**
   * `‖W_a - W_b‖ / ‖W_a‖`.
   */
  relative_distance: number | null;
};

/**
 * How two models compare over some columns. `None` (JSON `null`) where a figure is undefined.
 */
export type Figures = {
  /**
   * Mean of the column cosines, the headline number: `ΣS / (columns - left_out_columns)`.
   */
  column_cosine: number | null;
  /**
   * Columns, left-out ones included.
   */
  columns: number;
  /**
   * Columns with a NaN or an infinity in either model.
   */
  left_out_columns: number;
  /**
   * Columns of zeros among those counted; left out of the JSON where there are none.
   */
  zero_columns?: ZeroColumns;
  /**
   * Mean of the column cosines without the columns that are zero in both models, which is what
   * the verdict judges; `None` where there are no such columns, and so no other mean.
   */
  nonzero_column_cosine?: number;
  /**
   * Cosine of the flattened weights: `ΣG_ab / √(ΣG_aa · ΣG_bb)`.
   */
  flat_cosine: number | null;
  /**
   * `‖W_a - W_b‖ / ‖W_a‖`.
   */
  relative_distance: number | null;
};

/**
 * Columns of zeros. They have no direction, and score 0 as in the original script.
 */
export type ZeroColumns = {
  /**
   * Zero in both models: they carry no information.
   */
  both: number;
  /**
   * Zero in one of them only: a difference.
   */
  one: number;
};

/**
 * Half-widths of the 95 % intervals of a pair's figures; `None` where a figure is exact or
 * undefined.
 */
export type Intervals = {
  /**
   * Of the column cosine.
   */
  column_cosine?: number;
  /**
   * Of the flat cosine.
   */
  flat_cosine?: number;
  /**
   * Of the relative distance.
   */
  relative_distance?: number;
  /**
   * Of the cosine of what two models have learnt since the ancestor.
   */
  ancestor_cosine?: number;
};

/**
 * What a mean column cosine means between two models of one architecture.
 */
export type Verdict =
  | "identical"
  | "too_close"
  | "fair_difference"
  | "large_difference"
  | "other_ancestry";

/**
 * Why there is no verdict.
 */
export type Withheld = "share";

/**
 * The nearest neighbour of a model by column cosine.
 */
export type Closest = {
  /**
   * The model whose neighbours these are.
   */
  of: number;
  /**
   * The closest one.
   */
  model: number;
  /**
   * The second closest, where there is one.
   */
  runner_up: number | null;
  /**
   * By how much the column cosine of the closest exceeds that of the runner-up.
   */
  margin: number | null;
};

/**
 * A part of the checkpoint.
 */
export type Scope = {
  /**
   * What it is a part by.
   */
  by: ScopeBy;
  /**
   * Its name, for instance `IN07` or `cross-attention`.
   */
  name: string;
  /**
   * Compared tensors in it.
   */
  tensors: number;
  /**
   * Columns of them.
   */
  columns: number;
  /**
   * All pairs, as `super::Report::pairs`.
   */
  pairs: Array<Pair>;
  /**
   * What each model was probably mixed from here; empty where there is nothing to mix.
   */
  recipes: Array<Recipe>;
  /**
   * Positions of its tensors in `super::Report::tensors`, ascending, where a pattern chose
   * them: nobody who reads the report needs to know the pattern's language.
   */
  members?: Array<number>;
  /**
   * What adapters explain here, as `super::Report::adaptations`.
   */
  adaptations?: Array<Adaptation>;
};

/**
 * What a scope is a part by.
 */
export type ScopeBy = "component" | "block" | "layer" | "kind" | "part" | "filter";

/**
 * The mixture that comes closest to a model.
 */
export type Recipe = {
  /**
   * The model described.
   */
  child: number;
  /**
   * The others, in order; without the ancestor, where one is named.
   */
  parents: Array<number>;
  /**
   * Non-negative, one for each parent; 0 for those that share no training with the model, unless
   * none does.
   */
  weights: Array<number>;
  /**
   * Share explained: `1 - ‖rest‖² / ‖τ_c‖²` with an ancestor; without one, `‖rest‖²` is
   * measured against the mean of `‖W_c - W_p‖²` over the parents that are related at all.
   */
  r2: number | null;
  /**
   * Share of the square distance to the nearest named source that the weights explain:
   * `1 - ‖rest‖² / ‖W_c - W_p‖²` for the closest parent with a weight of more than 0.05. What is
   * claimed is judged by this, because no other model of the comparison enters it.
   */
  nearest_r2: number | null;
  /**
   * The best weights when negative ones are allowed, where those fit clearly better: then the
   * model is no plain merge of these parents.
   */
  signed_weights: Array<number> | null;
  /**
   * Share that the signed weights explain, where there are any.
   */
  signed_r2: number | null;
  /**
   * Half-widths of the 95 % intervals of the weights, in a report made from samples.
   */
  weight_intervals?: Array<number>;
  /**
   * Half-width of the 95 % interval of the share explained.
   */
  r2_interval?: number;
  /**
   * What the figures say, over all tensors; `None` for a smaller scope.
   */
  relation: Relation | null;
  /**
   * The model it is said to be nearest to; `None` unless it is.
   */
  nearest?: number;
};

/**
 * How a model relates to the others, as far as the figures show.
 */
export type Relation = "nearest" | "mixture" | "signed_mixture" | "unrelated" | "unclear";

/**
 * One joining of two groups. Numbers below the number of models are models; `models + k` is the
 * group made by step `k`.
 */
export type Join = {
  /**
   * The group with the lower number.
   */
  left: number;
  /**
   * The group with the higher number.
   */
  right: number;
  /**
   * Mean of `1 - column cosine` between their models.
   */
  distance: number;
};

/**
 * A compared tensor.
 */
export type ReportTensor = {
  /**
   * Its name in all models.
   */
  name: string;
  /**
   * Its dimensions, outermost first.
   */
  shape: Array<number>;
  /**
   * How each model stores it.
   */
  dtypes: Array<string>;
  /**
   * Whether it holds whole numbers and so counts in the column cosine only.
   */
  integer: boolean;
  /**
   * Rows in each model, where they differ and only the common ones are compared.
   */
  heights?: Array<number>;
  /**
   * Its name in every model, where the names have nothing in common but their ends.
   */
  aligned?: Array<string>;
  /**
   * How far a record made from samples may be off; `None` where it is exact.
   */
  sample?: Spread;
  /**
   * What the pass kept of the models that were there, where at least two were and others not.
   */
  exact?: GramRecord;
  /**
   * What adapters change of it; `None` where they change nothing.
   */
  change?: ChangeRecord;
  /**
   * All pairs `a < b`, in the order of `Report::pairs`.
   */
  pairs: Array<TensorPair>;
  /**
   * The large part.
   */
  component: Component;
  /**
   * The block, under the name merge tools use (`IN00` … `OUT11`, `MID`), or as near to that as
   * the architecture allows.
   */
  block: string;
  /**
   * What it does there.
   */
  kind: Kind;
  /**
   * `⟨W_a, W_b⟩` for each pair `a ≤ b`, over the columns that are finite in every model.
   */
  gram: Array<number>;
  /**
   * Sum of the column cosines for each pair `a < b`, over the columns finite in both.
   */
  cosine_sums: Array<number>;
  /**
   * Columns not finite in `a` or `b`, for each pair `a < b`.
   */
  left_out_columns: Array<number>;
  /**
   * Columns of zeros in both, for each pair `a < b`. They carry no information and score 0.
   */
  zero_in_both: Array<number>;
  /**
   * Columns of zeros in one of the two only, for each pair `a < b`.
   */
  zero_in_one: Array<number>;
  /**
   * Columns that are finite in every model.
   */
  finite_columns: number;
  /**
   * All columns.
   */
  columns: number;
  /**
   * What is known of single numbers; `None` where only the sums over columns are.
   */
  elements: ElementStats | null;
};

/**
 * One tensor in two models.
 */
export type TensorPair = {
  /**
   * Whether the models hold the same values, as far as they were looked at.
   */
  identical: boolean;
  /**
   * Half-widths of the 95 % intervals of estimates.
   */
  intervals?: Intervals;
  /**
   * Mean of the column cosines, the headline number: `ΣS / (columns - left_out_columns)`.
   */
  column_cosine: number | null;
  /**
   * Columns, left-out ones included.
   */
  columns: number;
  /**
   * Columns with a NaN or an infinity in either model.
   */
  left_out_columns: number;
  /**
   * Columns of zeros among those counted; left out of the JSON where there are none.
   */
  zero_columns?: ZeroColumns;
  /**
   * Mean of the column cosines without the columns that are zero in both models, which is what
   * the verdict judges; `None` where there are no such columns, and so no other mean.
   */
  nonzero_column_cosine?: number;
  /**
   * Cosine of the flattened weights: `ΣG_ab / √(ΣG_aa · ΣG_bb)`.
   */
  flat_cosine: number | null;
  /**
   * `‖W_a - W_b‖ / ‖W_a‖`.
   */
  relative_distance: number | null;
};

/**
 * A large part of a checkpoint.
 */
export type Component =
  | "U-Net"
  | "DiT"
  | "TE-L"
  | "TE-G"
  | "TE-H"
  | "TE-T5"
  | "TE-UMT5"
  | "VAE"
  | "LLM"
  | "vision"
  | "other";

/**
 * What a tensor does in its layer.
 */
export type Kind =
  | "self-attention"
  | "cross-attention"
  | "q_proj"
  | "k_proj"
  | "v_proj"
  | "o_proj"
  | "gate_proj"
  | "up_proj"
  | "down_proj"
  | "feed-forward"
  | "attention + feed-forward"
  | "modulation"
  | "projection"
  | "convolution 3×3"
  | "convolution 1×1"
  | "embedding"
  | "norms and biases"
  | "other";

/**
 * The Gram matrix and the column cosines of one tensor. Every figure shown anywhere is derived
 * from these.
 */
export type GramRecord = {
  /**
   * `⟨W_a, W_b⟩` for each pair `a ≤ b`, over the columns that are finite in every model.
   */
  gram: Array<number>;
  /**
   * Sum of the column cosines for each pair `a < b`, over the columns finite in both.
   */
  cosine_sums: Array<number>;
  /**
   * Columns not finite in `a` or `b`, for each pair `a < b`.
   */
  left_out_columns: Array<number>;
  /**
   * Columns of zeros in both, for each pair `a < b`. They carry no information and score 0.
   */
  zero_in_both: Array<number>;
  /**
   * Columns of zeros in one of the two only, for each pair `a < b`.
   */
  zero_in_one: Array<number>;
  /**
   * Columns that are finite in every model.
   */
  finite_columns: number;
  /**
   * All columns.
   */
  columns: number;
  /**
   * What is known of single numbers; `None` where only the sums over columns are.
   */
  elements: ElementStats | null;
};

/**
 * What is known of the single numbers of a tensor.
 *
 * Two numbers are the same when they are equal or both NaN; the format they are stored in does
 * not matter.
 */
export type ElementStats = {
  /**
   * Whether all numbers are the same, for each pair `a < b`.
   */
  same: Array<boolean>;
  /**
   * Of the numbers counted, those that are the same, for each pair `a < b`.
   */
  equal: Array<number>;
  /**
   * Numbers counted: those of every sixteenth block of 32 rows, the first included.
   */
  counted: number;
  /**
   * Sum of the numbers of each model, for a tensor of one dimension; empty for others. 0 where
   * it is not finite.
   */
  sums: Array<number>;
};

/**
 * How the record of another sample would differ.
 */
export type Spread = {
  /**
   * Rows of the sample.
   */
  rows: number;
  /**
   * Columns of the sample.
   */
  cols: number;
  /**
   * Degrees of freedom: runs of rows that can differ.
   */
  freedom: number;
  /**
   * `REPLICATES` of them, or none where the sample is the whole tensor.
   */
  deviations: Array<Deviation>;
};

/**
 * What is added to a record to get one that another sample might have given.
 */
export type Deviation = {
  /**
   * As `GramRecord::gram`.
   */
  gram: Array<number>;
  /**
   * As `GramRecord::cosine_sums`.
   */
  cosine_sums: Array<number>;
};

/**
 * What a header tells about a checkpoint.
 */
export type Recognition = {
  /**
   * The family.
   */
  architecture: Architecture;
  /**
   * Its usual name.
   */
  title: string;
  /**
   * Parts present, in a fixed order.
   */
  components: Array<ComponentShare>;
  /**
   * Parts that a complete checkpoint of this family has and this one lacks.
   */
  absent: Array<Component>;
  /**
   * Tensors that are averages of the training, and are ignored.
   */
  ema_tensors: number;
  /**
   * Tensors that serve a quantisation, and are not weights.
   */
  bookkeeping_tensors: number;
};

/**
 * Tensors and elements of one component.
 */
export type ComponentShare = {
  /**
   * The component.
   */
  component: Component;
  /**
   * Tensors in it.
   */
  tensors: number;
  /**
   * Elements of all of them.
   */
  parameters: number;
};

/**
 * An adapter of a report.
 */
export type ReportAdapter = {
  /**
   * What the user calls it.
   */
  name: string;
  /**
   * Its files.
   */
  files: Array<FileFacts>;
  /**
   * Usual name of the models that it fits, where its names and shapes tell.
   */
  fits: string | null;
  /**
   * Modules in it that make sense.
   */
  modules: number;
  /**
   * Modules that change a compared tensor.
   */
  placed: number;
  /**
   * Modules among those whose change is worked out from the target's weights. Their tensors take
   * no part in strengths: what they would change of the other models is something else.
   */
  of_target: number;
  /**
   * The other modules, and why they change nothing.
   */
  ignored: Array<Ignored>;
  /**
   * What is in its files and belongs to no module, and why.
   */
  unused: Array<Ignored>;
  /**
   * Tensors whose change could not be worked out, although the headers said it could: then
   * nothing is said of strengths.
   */
  unread: number;
};

/**
 * Something of an adapter that is not used.
 */
export type Ignored = {
  /**
   * Name of the module or of the tensor.
   */
  name: string;
  /**
   * Why.
   */
  reason: string;
};

/**
 * How the target differs from another model, in terms of the adapters.
 */
export type Adaptation = {
  /**
   * Position of the other model.
   */
  base: number;
  /**
   * For each adapter, what it explains by itself; `None` where it changes nothing, or the models
   * are the same.
   */
  alone: Array<Explained | null>;
  /**
   * What all of them explain together; `None` unless there are several.
   */
  together: Mixture | null;
  /**
   * Share of `‖W − B‖²` in tensors that no adapter changes.
   */
  elsewhere: number | null;
};

/**
 * What one adapter explains.
 */
export type Explained = {
  /**
   * The strength that fits best.
   */
  strength: number;
  /**
   * Share of `‖W − B‖²` that it explains.
   */
  r2: number;
};

/**
 * What several adapters explain together.
 */
export type Mixture = {
  /**
   * The strengths that fit best, one for each adapter.
   */
  strengths: Array<number>;
  /**
   * Share of `‖W − B‖²` that they explain.
   */
  r2: number;
  /**
   * The strengths that fit best when none may be negative.
   */
  non_negative: Array<number>;
  /**
   * Share that those explain.
   */
  non_negative_r2: number;
};

/**
 * Inner products and column cosines with what adapters change of one tensor.
 */
export type ChangeRecord = {
  /**
   * Positions of the adapters that change the tensor, ascending.
   */
  adapters: Array<number>;
  /**
   * For each of them, whether its change was worked out from the target's own weights.
   */
  of_target: Array<boolean>;
  /**
   * Position of the model that they are added to.
   */
  target: number;
  /**
   * `⟨W_m, D_k⟩` for each of these adapters k and every model m, over the columns that are
   * finite in every model.
   */
  with_models: Array<number>;
  /**
   * `⟨D_j, D_k⟩` for each pair `j ≤ k` of these adapters, over the same columns.
   */
  gram: Array<number>;
  /**
   * For each model B but the target W: `‖W − B‖²`, and `⟨W − B, D_k⟩` for each of these adapters.
   */
  differences: Array<number>;
  /**
   * For each adapter and each model but the target: at every point of `point`, the sum of the
   * column cosines of the changed target and the model, without the columns in `steep`.
   */
  node_sums: Array<number>;
  /**
   * Columns whose cosines turn too fast to be interpolated.
   */
  steep: Array<SteepColumn>;
  /**
   * Such columns beyond those that are kept: what they add is interpolated all the same.
   */
  rough_columns: number;
};

/**
 * One column of the target and of a change, which is large beside it.
 */
export type SteepColumn = {
  /**
   * Position among `ChangeRecord::adapters`.
   */
  adapter: number;
  /**
   * `⟨c, c⟩`, `⟨c, d⟩` and `⟨d, d⟩`.
   */
  own: [number, number, number];
  /**
   * `⟨c, b⟩`, `⟨d, b⟩` and `⟨b, b⟩` for each model but the target; `None` where it is not finite.
   */
  others: Array<[number, number, number] | null>;
};

/**
 * Result of a search.
 */
export type Identification = {
  /**
   * `FORMAT`.
   */
  format: string;
  /**
   * Version of the schema.
   */
  version: number;
  /**
   * The model whose relatives these are.
   */
  model: Identified;
  /**
   * Its relatives, nearest first.
   */
  relatives: Array<Relative>;
  /**
   * How far the nearest is ahead, where there are two.
   */
  margin: Margin | null;
  /**
   * Models of other kinds, in the order of the index.
   */
  apart: Array<Apart>;
};

/**
 * The model that was searched for.
 */
export type Identified = {
  /**
   * What to call it.
   */
  name: string;
  /**
   * What it is.
   */
  architecture: Architecture;
};

/**
 * A model of the same kind.
 */
export type Relative = {
  /**
   * Its fingerprint, as the index names it.
   */
  file: string;
  /**
   * What to call it.
   */
  name: string;
  /**
   * Its title, where it has one.
   */
  title?: string;
  /**
   * What it is.
   */
  architecture: Architecture;
  /**
   * Estimate from the sketches.
   */
  sketch: Similarity;
  /**
   * Share of the columns of the smaller sketch that both have.
   */
  shared: number;
  /**
   * Estimate from the fingerprints; only of the nearest.
   */
  refined?: Refined;
};

/**
 * A mean column cosine as far as sketches tell.
 */
export type Similarity = {
  /**
   * The estimate.
   */
  column_cosine: number;
  /**
   * Half-width of its 95 % interval.
   */
  half_width: number;
};

/**
 * What two fingerprints say about each other.
 */
export type Refined = {
  /**
   * Half-widths of the 95 % intervals.
   */
  intervals: Intervals;
  /**
   * The column cosine in words.
   */
  verdict: Verdict | null;
  /**
   * Tensors compared.
   */
  tensors: number;
  /**
   * Those that are the same as far as the sample goes.
   */
  identical_tensors: number;
  /**
   * Mean of the column cosines, the headline number: `ΣS / (columns - left_out_columns)`.
   */
  column_cosine: number | null;
  /**
   * Columns, left-out ones included.
   */
  columns: number;
  /**
   * Columns with a NaN or an infinity in either model.
   */
  left_out_columns: number;
  /**
   * Columns of zeros among those counted; left out of the JSON where there are none.
   */
  zero_columns?: ZeroColumns;
  /**
   * Mean of the column cosines without the columns that are zero in both models, which is what
   * the verdict judges; `None` where there are no such columns, and so no other mean.
   */
  nonzero_column_cosine?: number;
  /**
   * Cosine of the flattened weights: `ΣG_ab / √(ΣG_aa · ΣG_bb)`.
   */
  flat_cosine: number | null;
  /**
   * `‖W_a - W_b‖ / ‖W_a‖`.
   */
  relative_distance: number | null;
};

/**
 * How far the nearest is ahead of the second.
 */
export type Margin = {
  /**
   * Difference of the column cosines.
   */
  column_cosine: number;
  /**
   * Half-width of its 95 % interval, as if the two estimates had nothing in common. They are
   * of the same rows and columns, so the true one is narrower.
   */
  half_width: number;
};

/**
 * A model of another kind.
 */
export type Apart = {
  /**
   * Its fingerprint, as the index names it.
   */
  file: string;
  /**
   * What to call it.
   */
  name: string;
  /**
   * What it is.
   */
  architecture: Architecture;
};

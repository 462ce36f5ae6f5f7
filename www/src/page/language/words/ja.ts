/** Japanese. */
import type { Words } from "./en.js";

export const ja: Words = {
  locale: "ja",
  app: {
    name: "weightkin",
    purpose: "モデルの近さを、重みから調べる。",
    lead: "調べたいチェックポイントと、元になっていそうなモデルを選んでください。すべての重みを読み、どのモデルにどれだけ近いか、どの階層が近いか、何を混ぜて作られたらしいかを表示します。",
    promise: "ファイルがこのパソコンの外に出ることはありません。",
    promiseDetail:
      "計算はすべてこのタブの中で行います。このページは外部への送信を禁止されており、ネットワークを切っていても動きます。",
    description:
      "AIモデルのチェックポイントがどれほど近い関係にあるかを、自分のコンピューター上で、何もアップロードせずに調べます。",
    footer:
      "類似度が高いことは測定結果であって、盗用の証拠ではありません。重みがどれだけ似ているかは分かりますが、どうしてそうなったかは分かりません。ライセンス上許されるかどうかは、ご自身で判断してください。",
    runningTitle: (percent) => `${percent} – weightkin`,
    language: "言語",
    close: "閉じる",
  },
  roles: {
    checkpoint: {
      title: "調べるモデル",
      hint: "対象のチェックポイント",
      pick: "チェックポイントを選ぶ",
      pickAgain: "別のモデルを選ぶ",
      pickFolder: "フォルダーを選ぶ",
      pickFolderName: "調べるモデルのフォルダーを選ぶ",
    },
    relative: {
      title: "近縁候補のモデル",
      hint: "ベース・親・兄弟モデルなど",
      pick: "比較するモデルを選ぶ",
      pickAgain: "追加する",
      pickFolder: "フォルダーを選ぶ",
      pickFolderName: "近縁候補のフォルダーを選ぶ",
    },
  },
  zone: {
    dropHint: "または .safetensors や .gguf のファイル、フォルダーをここにドロップ",
    reading: (files) => `${files} 個のファイルを読み込み中`,
    nothing_in_folder: "ドロップされたものの中に .safetensors や .gguf のファイルがありません。",
    nothingInFolderName: "ドロップされたフォルダー",
  },
  card: {
    tensors: (count) => `テンソル ${count} 個`,
    parameters: (count) => `パラメーター ${count}`,
    shards: (files) => `${files} ファイル`,
    parts: "含まれる部分",
    absent: (part) => `${part} なし`,
    absentHint: "この種類のモデルには普通含まれる部分ですが、このファイルには入っていません。",
    ema: (count) => `EMA（学習中の平均）のテンソルが ${count} 個入っていますが、無視します。`,
    bookkeeping: (count) =>
      `${count} 個のテンソルは量子化用のデータで重みではないため、比較から外します。`,
    notes: "ファイル内のメモ",
    notesRest: (count) => `ほか ${count} 件`,
    remove: (name) => `${name} を外す`,
    makeCheckpoint: "調べるモデルにする",
    makeCheckpointName: (name) => `${name} を調べるモデルにする`,
    makeRelative: "近縁候補に移す",
    makeRelativeName: (name) => `${name} を近縁候補に移す`,
    makeAncestor: "共通の元モデルとする",
    makeAncestorName: (name) => `${name} を共通の元モデルとする`,
    ancestor: "共通の元モデル",
    details: "元のメッセージ",
  },
  notRead: {
    beside: (count) => `フォルダー内の読み込まないファイル：${count} 件`,
    inNoModel: (count) => `どのモデルにも属さないもの：${count} 件`,
    reasons: {
      variant: "同じ重みの別の種類",
      not_in_index: "モデルを構成するファイルの横にあるもの",
      stale_index: "対象のファイルがないか、別の索引に属する索引",
      other_model: "別のモデル",
      other_format: "別の形式の重み",
      fingerprint: "フィンガープリント",
      no_weights: "重みを含まないもの",
    },
  },
  variant: {
    choose: "種類",
    chooseName: (name) => `${name} の種類`,
    byItself: "最も精度の高いもの",
    read: (variant) => `読み込む種類は ${variant} です。`,
  },
  fingerprint: {
    name: "フィンガープリント",
    standsFor: (bytes: string, rows: string, columns: string) =>
      `モデルの重みのうち ${bytes} 分の標本が、モデルの代わりになります（密度は ${rows} 行、1024 列につき ${columns} 列）。これを使った値は推定値です。`,
    save: "フィンガープリントを保存",
    saveName: (name: string) => `${name} のフィンガープリントを保存`,
    saveOf: "フィンガープリントを保存しておくと、次回はファイルなしで比較できます。",
    making: (percent: string) => `標本を読み込み中、${percent}`,
    saved: (bytes: string) => `保存しました、${bytes}`,
  },
  many: {
    title: "フィンガープリント",
    chip: "コレクション",
    index: "インデックス",
    indexed: (models: string) => `${models} 個のモデルを収めています。`,
    count: (files: string) => `${files} 個のファイル。`,
    hint: "この中から最も近いモデルを探します。",
    fetched:
      "順位を決める少数のフィンガープリントは、インデックスと同じ場所から取得します。取得先にはどれを取得したかが伝わりますが、あなたのファイルは送られません。",
  },
  found: {
    seek: "最も近いモデルを探す",
    seeking: "最も近いモデルを探しています",
    reading: (done: string, total: string) => `読み込んだフィンガープリント：${done} / ${total}`,
    refining: (done: string, total: string) => `最も近いモデルと比較中：${done} / ${total}`,
    of: (name: string) => `${name} に最も近いモデル`,
    among: (models: string) => `同じ種類のモデル ${models} 個、近い順。`,
    none: "共通するテンソルが十分にあるモデルはありません。",
    sketch: "粗い推定",
    sketchHint:
      "粗い推定はインデックスだけによるものです。最も近いモデルはフィンガープリントで比較しました。",
    more: (models: string) => `ほか ${models} 個`,
    apart: (models: string) => `種類の異なるモデル ${models} 個は順位に含めていません。`,
    failed: (files: string) => `使えなかったファイル：${files} 個`,
    missing: (files: number) => `あと ${files} 個のフィンガープリントがあれば順位が確定します。`,
    choose: "ファイルを選ぶ",
    compare: (models: number) => `最も近い ${models} 個と比較`,
    save: "順位を保存",
  },
  architectures: {
    language: "言語モデル",
    text_encoder: "テキストエンコーダーのみ",
    vae: "VAE のみ",
    unknown: "不明な構造",
  },
  actions: {
    includeVae: "VAE も比較する",
    includeVaeHint: "VAE は使い回しが多く、含めると数値の意味が薄れるため普段は外します。",
    compare: "比較する",
    cancel: "中止",
    samples: "サンプルで試す",
    samplesLoading: "サンプルを読み込み中",
    needCheckpoint: "まず調べるモデルを追加してください。",
    needRelative: "近縁候補のモデルを 1 つ以上追加してください。",
    stillReading: "ヘッダーを読み込み中です。",
    someBroken: "問題のあるファイルは比較から外します。",
    reopenHint: "保存したレポート（.json）もここにドロップできます。",
  },
  widget: {
    title: "このチェックポイントに最も近いモデルは？",
    comparedWith: "比較対象",
    loading: "読み込んでいます",
    needs: "チェックポイントと、近縁候補のモデルを 1 つ以上追加してください。",
  },
  progress: {
    title: "比較中",
    of: (done, total) => `${total} 中 ${done}`,
    left: (time) => `残り ${time}`,
    estimating: "残り時間を計算中",
    starting: "読み込みの準備中",
    estimates: "途中経過（推定値）",
    estimatesHint: "これまでに読んだ列の平均です。最後まで変動します。",
    matrix: "全モデルの組み合わせ（推定値）",
    keepEstimates: "停止して推定値を残す",
    exactFollows:
      "下の推定値は小さな標本から求めたものです。比較が終わると正確な値に置き換わります。",
    stalled:
      "しばらく何も読み込まれていません。休止中のドライブやネットワーク上のファイルには時間がかかることがあります。進まない場合は中止してください。",
    bar: "比較の進み具合",
    seconds: (seconds) => `${seconds} 秒`,
    minutes: (minutes, seconds) => `${minutes} 分 ${seconds} 秒`,
  },
  result: {
    closestTo: (name) => `最も近いのは ${name}`,
    of: (name) => `${name} の結果`,
    sentence: (name, cosine, words) => `最も近いのは ${name}：${cosine}、${words}`,
    ahead: (margin, name) => `2 位の ${name} との差は ${margin}`,
    about: (figure: string) => `約 ${figure}`,
    estimated: "推定値",
    estimatedDetail:
      "± の付いた値は重みの標本から求めたものです。モデル全体の値は 95 % の信頼度でその範囲に入ります。± のない値は正確です。",
    stop: "。",
    join: "。",
    context: (a, b, cosine) => `目安：${a} と ${b} どうしは ${cosine} です。`,
    undefined: "定義されない",
    unit: "列コサインの平均",
    rankingOf: (name) => `${name} に近い順`,
    announceDone: "比較が終わりました。",
    partial: "途中までの結果",
    partialDetail: (done, total) =>
      `${total} 個中 ${done} 個のテンソルで中止しました。数値はその範囲だけのもので、続ければまだ変わります。`,
    reopened: "保存したレポートの表示",
    reopenedDetail: "モデル本体は不要です。すべての数値はレポートの記録から計算し直しています。",
    gap: (percent, name) => `${name} の重みのうち比較できたのは ${percent} だけです`,
    gapDetail: (cause) => `残りの多くは${cause}。そのため、このモデルについては何も述べません。`,
    gapCauses: {
      quantised:
        "、どれかのモデルで、ここでは元に戻せない形式に量子化されています。量子化していないコピーを比較してください",
      dtype: "、比較できない形式で保存されています。量子化していないコピーを比較してください",
      missing:
        "、名前がすべてのモデルにはありません。同じ種類のファイルを比べるか、モデルを減らしてください",
      shape: "、形が異なります。大きさの違うモデルです",
      rows: "、一部のモデルにしかない行です",
      not_sampled: "、フィンガープリントに含まれていません。モデルそのものを比較してください",
      other: "除外されました",
    },
    zeroColumns: (cosine, columns) =>
      `両方のモデルでゼロの列（${columns}）は平均では 0 と数えます。これらを除くと ${cosine} です。`,
    aligned: (tensors) =>
      `すべてのモデルに共通する名前はありません。形状が同じテンソル ${tensors} 個を、名前の末尾で対応づけました。`,
    shortColumns: (short, columns) =>
      `${columns} 列のうち ${short} 列は 8 行未満のテンソルのもので、あまり意味を持ちません。`,
    compared: (tensors, columns) => `テンソル ${tensors} 個、${columns} 列を比較しました。`,
    everything: "すべての数値",
    figuresTable: "数値を表で見る",
    nothing: "この部分には数値がありません。",
  },
  looking: {
    title: "表示する内容",
    of: "モデル",
    scope: "部分",
    all: "全体",
    measure: "指標",
    ancestor: "基準にする元モデル",
    noAncestor: "なし",
    pattern: "テンソル名",
    patternOption: "テンソル名で絞り込む…",
    patternHint: "名前の一部、*attn2* のような形、または /正規表現/",
    patternApply: "表示",
    scopeSize: (tensors, columns) => `テンソル ${tensors} 個、${columns} 列`,
    announceScope: (name) => `${name}を表示しています。`,
  },
  measures: {
    column_cosine: "列コサイン",
    ancestor_cosine: "元モデルからの変化",
    flat_cosine: "全体コサイン",
    relative_distance: "相対距離",
  },
  scopeGroups: {
    component: "構成部分",
    block: "階層（ブロック）",
    layer: "テキストエンコーダーの層",
    kind: "層の種類",
    part: "その他の部分",
    filter: "名前",
  },
  scopeNames: {
    "self-attention": "自己注意",
    "cross-attention": "クロスアテンション",
    "feed-forward": "フィードフォワード",
    "attention + feed-forward": "注意 + フィードフォワード",
    modulation: "モジュレーション",
    projection: "射影",
    "convolution 3×3": "畳み込み 3×3",
    "convolution 1×1": "畳み込み 1×1",
    embedding: "埋め込み",
    "norms and biases": "正規化とバイアス",
    other: "その他",
    "closer to MID": "MID 寄りの階層",
    "1-D tensors": "1 次元テンソル",
    matrices: "行列",
  },
  matrix: {
    title: "全モデルの組み合わせ",
    caption: (measure) => `すべての組み合わせの${measure}`,
    itself: "自分自身",
  },
  scale: {
    title: "色の目盛り",
    identical: "完全一致",
    logarithmic: "1 − コサインの対数目盛り",
    distance: "距離の対数目盛り",
    linear: "等間隔の目盛り",
  },
  strip: {
    title: "階層ごとの近さ",
    hint: "階層にカーソルを合わせると数値が出ます。選ぶとその階層だけを表示します。",
    first: (drawn: string, all: string) =>
      `全 ${all} 階層のうち、最初の ${drawn} 階層を描いています。すべてはレポートの JSON にあります。`,
    keys: "矢印キーで階層を移動し、Enter で選びます。",
    block: "階層",
    tensors: "テンソル",
    readout: (block, name, value) => `${block} · ${name}:${value}`,
    caption: (measure) => `各階層の${measure}`,
  },
  recipe: {
    title: "推定レシピ",
    overall: "全体",
    byBlock: "階層ごと",
    nearest: (name) =>
      `${name} に最も近く、両者の違いはほかのどのモデルの方向でもありません。どちらが先かは、重みからは分かりません。`,
    mixture: (parts) => `${parts} のマージと見るのが最も自然です。`,
    part: (weight, name) => `${name} ${weight}`,
    signed_mixture: (parts) =>
      `これらのモデルの単純なマージでは説明できません。最も合うのは引き算を含む組み合わせです：${parts}。`,
    unrelated: "どのモデルとも学習を共有していないため、レシピはありません。",
    unclear:
      "はっきりしたレシピはありません。単独のモデルでもマージでも十分に説明できないか、むしろ相手のほうがこのモデルから説明できます。",
    tooLittle: "比較できた部分が少なすぎるモデルがあるため、レシピについては何も言えません。",
    needsTwo: "レシピの推定には、ほかに 2 つ以上のモデルか、共通の元モデルの指定が必要です。",
    nothing: "この部分は元モデルと変わらないため、説明するものがありません。",
    caption: "各階層での親モデルの比率",
    fit: "R²",
    whole: "モデル全体",
    caveat:
      "与えられたモデルの中で最も近くなる混ぜ方であり、実際の作り方の記録ではありません。ここにない親モデルは現れません。",
  },
  ancestor: {
    title: "共通の元モデルからの変化",
    hint: "同じモデルから派生したモデルは重みの大半を共有しています。元モデルを指定すると、そこから学んだ差分どうしを比べます。",
    choose: "元モデルを指定する",
    caption: (name) => `${name} からの変化どうしのコサイン`,
    none: "すべての元になったモデル（SDXL base など）を指定してください。",
    undefinedNote: "丸め誤差より大きな変化がないモデルでは定義されません。",
  },
  tree: {
    title: "系統樹",
    hint: "近いものから順に、グループ間の平均距離で結んだものです。距離であって、歴史ではありません。",
    caption: "結合の順（近い順）",
    join: "結合",
    distance: "平均距離（1 − コサイン）",
    and: " + ",
  },
  identical: {
    title: "一致・凍結している部分",
    sampled: "推定値の組では、「同一」は標本の範囲で同一という意味です。",
    none: "2 つのモデルで完全に一致するテンソルはありません。",
    caption: "構成部分ごとの一致テンソル数",
    with: "比較相手",
    all: "すべて一致",
    of: (same, all) => `${all} 中 ${same}`,
    frozenBlocks: (blocks) => `完全に一致する階層：${blocks}`,
  },
  tensors: {
    title: "すべてのテンソル",
    against: "比較相手",
    filter: "絞り込み",
    filterHint: "名前・階層・種類の一部",
    shown: (shown, all) => `${all} 個中 ${shown} 個`,
    tensor: "テンソル",
    identical: "完全一致",
    identicalSample: "標本では同一",
    caption: "比較したテンソルと数値",
    sort: (column) => `${column}で並べ替え`,
    none: "該当するテンソルはありません。",
    commonRows: (rows) => `${rows} 行のうち共通の行`,
    scatter: "深さごとの類似度",
    scatterLabel: (count, name) =>
      `${name} に対する ${count} 個のテンソルの列コサインを、データが通る順に並べたもの。同じ数値が下の表にあります。`,
    matrices: "行列",
    oneDimensional: "正規化とバイアス（1 次元）",
  },
  pairs: {
    title: "すべての組み合わせ",
    caption: "すべての組み合わせと正確な数値",
    pair: "組み合わせ",
    columns: {
      column_cosine: "列コサイン",
      columns: "列数",
      flat_cosine: "全体コサイン",
      relative_distance: "相対距離",
      identical_tensors: "一致テンソル",
    },
    left_out_columns: (columns) => `${columns} 列を除外`,
  },
  leftOut: {
    title: "比較から外したもの",
    none: "外したものはありません。すべてのモデルの全テンソルを比較しました。",
    more: "残りはレポート JSON にあります。",
    missing_in: (names) => `${names} にない`,
    shares: "各モデルの重みのうち比較した割合（意図して除外したものを除く）",
    onlyIn: (names) => `${names} にある`,
    reasons: {
      vae: "VAE（通常は対象外）",
      missing: "一部のモデルにない",
      shape: "形が異なる",
      positions: "固定の位置テーブル",
      ema: "学習中の平均（EMA）",
      adapter: "モデルに組み込まれたアダプター",
      bookkeeping: "量子化用のデータ",
      quantised: "ブロック単位で量子化されている",
      dtype: "そのままでは比較できない形式",
      rows: "すべてのモデルにはない行",
      not_sampled: "フィンガープリントに含まれていない",
    },
  },
  share: {
    title: "共有",
    text: "テキストをコピー",
    markdown: "Markdown をコピー",
    picture: "画像を保存",
    csv: "CSV を保存",
    json: "レポートを保存",
    copied: "コピーしました",
    saved: "保存しました",
    copyFailed: "ブラウザーがコピーを許可しませんでした。",
    hint: "すべてこのパソコンの中で作られます。保存したレポートはこのページにドロップすればまた開けます。モデルは不要です。",
    pictureBlocks: "階層ごとの 1 − コサイン",
    pictureFoot: "weightkin で測定 · 類似度は盗用の証拠ではありません",
  },
  help: {
    open: (what) => `「${what}」とは？`,
    headline:
      "重み行列の列ごとに 2 つのモデルのコサインを求め、比較した全テンソルの全列で平均した値です。両方のモデルでゼロの列は元のスクリプトと同じく 0 と数え、言葉での評価では除きます。1 ならどの列も同じ向きです。元が同じモデルどうしはどれも高い値になるので、ほかのモデルの値と並べて見てください。値が高いのは重みが似ているということで、盗用の証拠ではありません。ライセンス上の判断はご自身で行ってください。",
    verdict:
      "同じ構造のモデルどうしの数値を言葉にしたものです。比較した値がすべて等しければ「同じ重み」、0.98 以上「近すぎる」、0.95 以上「ほどほどの違い」、0.90 以上「大きな違い」、それ未満は「別系統が混ざっている」。目安であり、判定ではありません。",
    fingerprint:
      "モデルの行の標本を収めた小さなファイル（最大 16 MB）です。行はテンソルの名前と形だけで決まるため、どのモデルからも同じ行が選ばれます。どの比較でもモデルの代わりに使え、その値には ± が付きます。手元のモデルから作り、数 GB のファイルの代わりに共有できます。",
    intervalName: "± の意味",
    interval:
      "この値はすべての重みではなく、標本から推定したものです。100 回のうち 95 回は、正確な値が ± の範囲に入ります。標本に入らなかった 1 行だけの変更のように、標本では見えないものは含まれません。確実に知るには、モデル全体を比較してください。",
    marginName: "差と目安",
    margin:
      "差は、最も近いモデルと 2 番目に近いモデルの値の違いです。その 2 つがもともとよく似ているなら、小さな差にはあまり意味がありません。離れているなら、片方に近いことに意味があります。",
    column_cosine: "主となる数値です。比較したテンソルの全列のコサインを平均したものです。",
    columns:
      "平均に使った列の数です。どちらかのモデルに NaN や無限大がある列は除き、その数を示します。",
    flat_cosine:
      "すべての重みを 1 本の長いベクトルとみなしたコサインです。列コサインより、大きな重みの影響が強く出ます。",
    relative_distance:
      "2 つのモデルの差の大きさを、1 つ目のモデルの大きさで割ったものです。0 なら完全に同じです。",
    identical_tensors:
      "すべての値が等しいテンソルの数です。ある部分がまるごと一致していれば、学習されていないか、そのままコピーされたものと考えられます。",
    ancestor_cosine:
      "元モデルとの差分どうしのコサインです。普通のコサインではどれも 0.99 になってしまうものを区別できます。1 に近ければ同じ変化、0 に近ければ無関係な変化、負なら逆向きの変化です。両方が本当にその元モデルから派生している場合にだけ意味があります。",
    matrix:
      "すべてのモデルを互いに比べたものです。親の候補どうしが近ければ、片方に近いモデルはもう片方にも近くなります。",
    strip:
      "同じ指標を階層ごとに示します。名前はマージツールで使われるものです。生のコサインはどれも同じように見えるため、色は 1 − コサインの対数に従います。目立つ階層は、ほかと違う学習やマージをされています。",
    recipe:
      "ほかのモデルを負でない比率で混ぜて最も近くなる組み合わせと、違いのうち説明できた割合 R² です。階層別マージでは、階層ごとに比率が変わります。ここにあるモデルによる説明であり、実際の作り方の記録ではありません。",
    tree: "最も近い 2 つから順に、グループどうしは平均距離で結んでいきます。似ている度合いを示すもので、どちらが先かは分かりません。",
    identical:
      "両方のモデルでビット単位まで同じテンソルの数です。テキストエンコーダーの凍結はよくあることで、それだけでは何とも言えません。",
    scatter:
      "点 1 つがテンソル 1 つで、最初の層から最後の層へ並んでいます。上ほど似ています。目盛りは 1 − コサインの対数です。",
    scope:
      "下の数値をすべてモデルの一部分に絞ります。ファイルは読み直しません。1 回の読み込みで残した記録から求めます。",
  },
  verdicts: {
    identical: "同じ重み",
    too_close: "近すぎる",
    fair_difference: "ほどほどの違い",
    large_difference: "大きな違い",
    other_ancestry: "別系統が混ざっている",
  },
  outcome: {
    cancelled: "中止しました。メモリーは解放済みです。「比較する」でやり直せます。",
    failed: "比較が止まりました。",
    announcePercent: (percent) => `${percent} 完了`,
    reportFailed: "レポートを開けませんでした。",
  },
  offline: {
    ready: "新しいバージョンがあります。",
    replaced: "このページは別のタブで更新されました。",
    hint: "ページを再読み込みします。ページ上のモデルはもう一度追加してください。",
    update: "更新",
    reload: "再読み込み",
    later: "あとで",
  },
  kept: {
    title: "このブラウザーに保存されているもの",
    count: (models: string, results: string) => `モデル：${models}、結果：${results}`,
    hint: "すべてこのコンピューターの中だけにあり、あなたが削除するまで残ります。",
    full: "直前の結果を保存できませんでした。ブラウザーの空き容量がありません。過去の結果を削除すると空きができます。",
    results: "過去の結果",
    models: "以前に使ったモデル",
    closest: (name: string, cosine: string) => `最も近いのは ${name}：${cosine}`,
    modelsCompared: (count: number) => `${count} モデル`,
    open: "開く",
    openName: (name: string) => `${name} の結果を開く`,
    delete: (name: string) => `${name} の結果を削除`,
    deleteAll: "すべて削除",
    add: "追加",
    addName: (name: string) => `${name} を近縁候補に追加`,
    choose: "ファイルを選ぶ",
    hasFingerprint: (bytes: string) => `フィンガープリントあり（${bytes}）`,
    addFingerprint: "フィンガープリントを追加します。ファイルなしで推定できます。",
    chooseName: (name: string) => `${name} のファイルを選んで近縁候補に追加`,
    chooseHint: "このブラウザーは、選び直さないとファイルを開けません。",
    forget: (name: string) => `${name} を一覧から消す`,
    forgetAll: "すべて消す",
    sure: "はい、すべて削除します",
    notSure: "残す",
    gone: "ファイルが元の場所にありません。選び直してください。",
    not_allowed: "ファイルを開くことが許可されませんでした。選び直してください。",
    lastBases: (count: number) => `前回のベース ${count} 件を追加`,
    space: (used: string, quota: string) =>
      `このブラウザーが許す ${quota} のうち、${used} を使っています。`,
    persist: "ブラウザーが自動で消さないようにする",
    persisted: "ブラウザーが自動で消すことはありません。",
    persistRefused: "容量が足りなくなると、ブラウザーが消すことがあります。",
  },
  failures: {
    pickle:
      "pickle 形式のチェックポイント（.ckpt、.pt、.bin）です。開くだけでプログラムが動くことのある形式のため扱いません。.safetensors 版を探してください。",
    gguf: "GGUF より前の llama.cpp の古い形式のファイルです。.gguf か元の .safetensors を探してください。",
    gguf_damaged:
      "この GGUF ファイルは壊れているか、最後までダウンロードされていません。ヘッダーがファイルと合いません。ダウンロードし直してください。",
    gguf_type:
      "この GGUF ファイルには llama.cpp が定義していない型の重みがあります。別の量子化版か、元の .safetensors を探してください。",
    gguf_version:
      "古い、またはビッグエンディアンの GGUF ファイルです。モデルを変換し直すか、新しいファイルを探してください。",
    picture: "画像ファイルで、モデルではありません。.safetensors ファイルを選んでください。",
    web_page:
      "モデルの名前で保存された Web ページです。たいていはエラーかログインの画面です。必要ならログインして、ダウンロードし直してください。",
    lfs_pointer:
      "Git LFS のポインター（実体の代わりの数行のテキスト）です。「git lfs pull」か Web サイトから実体を取得してください。",
    archive: "圧縮ファイルです。展開して、中の .safetensors ファイルを選んでください。",
    document: "PDF 文書で、モデルではありません。.safetensors ファイルを選んでください。",
    json_file:
      "JSON ファイル（ワークフローや設定など）で、モデルではありません。.safetensors ファイルを選んでください。",
    empty_file:
      "空のファイルです。ダウンロードが始まっていません。もう一度ダウンロードしてください。",
    lora: "LoRA です。チェックポイントに足す差分であって、チェックポイントではないため比較できません。LoRA を適用したモデルのほうを選んでください。",
    not_a_report:
      "この JSON は weightkin のレポートではありません。「レポートを保存」で保存したものか、.safetensors ファイルを選んでください。",
    report_too_new: "より新しい weightkin で作られたレポートです。ページを再読み込みしてください。",
    report_inconsistent:
      "レポートの内容が矛盾しています。壊れたか書き換えられたものです。元のページで保存し直してください。",
    not_a_model:
      "これはモデルではなく、フィンガープリントのインデックスです。「近縁候補のモデル」に追加してください。",
    not_an_index: "これは指紋の索引ではありません。weightkin index で作成してください。",
    index_too_new:
      "この索引は、より新しい weightkin で作成されています。ページを再読み込みして最新版を使ってください。",
    index_damaged:
      "この索引は破損しています。内容がチェックサムまたは説明と一致しません。もう一度ダウンロードするか、指紋から作り直してください。",
    fingerprint_changed: "この指紋は索引に記されたものと異なります。索引を作り直してください。",
    not_a_fingerprint:
      "これはフィンガープリントではありません。「フィンガープリントを保存」で保存したファイルを選んでください。",
    fingerprint_too_new:
      "このフィンガープリントは新しい版の weightkin で作られました。ページを再読み込みしてください。",
    fingerprint_damaged:
      "このフィンガープリントは壊れています。内容がチェックサムまたは説明と一致しません。もう一度ダウンロードするか、モデルから作り直してください。",
    is_a_fingerprint:
      "これはすでにフィンガープリントです。モデルそのものから新しく作ってください。",
    fingerprint_rows:
      "この行数のフィンガープリントはありません。1 から 4096 の間で選んでください。",
    fingerprint_too_large:
      "このモデルのフィンガープリントはそこまで小さくできません。もっと大きなファイルを許可してください。",
    bad_pattern: "正規表現として正しくありません。",
    header_too_small:
      "safetensors ファイルではないか、先頭だけしか届いていません。ダウンロードし直してください。",
    header_too_large:
      "safetensors ファイルではありません。ヘッダーが長すぎます。.safetensors ファイルを選ぶか、ダウンロードし直してください。",
    header_beyond_file:
      "ダウンロードがごく最初で途切れたか、safetensors ファイルではありません。ダウンロードし直してください。",
    header_not_utf8:
      "safetensors ファイルではありません。ヘッダーがテキストになっていません。別のファイルを選ぶか、ダウンロードし直してください。",
    header_not_an_object:
      "safetensors ファイルではありません。.ckpt や .pt なら、.safetensors 版を探してください。",
    header_not_json: "ヘッダーが壊れています。ダウンロードし直してください。",
    duplicate_name:
      "ヘッダーに同じテンソル名が 2 回出てきます。壊れているので、ダウンロードし直してください。",
    overflow: "ヘッダーに有り得ない大きさが書かれています。ダウンロードし直してください。",
    misaligned: "ヘッダーの大きさが合いません。ダウンロードし直してください。",
    backwards_offsets: "ヘッダーの位置が逆転しています。ダウンロードし直してください。",
    size_mismatch: "ヘッダーの大きさが合いません。ダウンロードし直してください。",
    overlap: "ヘッダー上で 2 つのテンソルが重なっています。ダウンロードし直してください。",
    gap: "どのテンソルにも属さないデータがあり、壊れています。ダウンロードし直してください。",
    truncated: "ダウンロードが途中で切れたファイルです。ダウンロードし直してください。",
    trailing_bytes:
      "ヘッダーの記述よりファイルが長く、壊れているか余分なデータが付いています。ダウンロードし直してください。",
    unknown_dtype: "weightkin が知らない数値形式です。F16、BF16、FP8 版を探してください。",
    several_models: "フォルダーに複数のモデルがあります。",
    no_variant: "このモデルにその種類のファイルはありません。",
    missing_shard: "分割モデルの一部が足りません。すべてのファイルをまとめて追加してください。",
    missing_tensor: "モデルのインデックスとファイルが合いません。ダウンロードし直してください。",
    tensor_in_two_files:
      "2 つのファイルに同じテンソルがあります。1 つの版のファイルだけを選んでください。",
    bad_index:
      "分割モデルのインデックスではありません。.safetensors ファイルそのものを選んでください。",
    no_files:
      "中に .safetensors や .gguf のファイルがありません。モデルのファイルを選んでください。",
    file_unreadable:
      "ファイルを読めませんでした。移動または変更された可能性があります。選び直してください。",
    file_changed: "選んだあとにファイルが変更されました。選び直してください。",
    file_vanished: "ファイルが元の場所にありません。選び直してください。",
    permission_lost: "ブラウザーがこのファイルを読めなくなりました。選び直してください。",
    nothing_in_common:
      "名前と形が同じテンソルがなく、比較できません。同じ構造のモデルどうしを選んでください。",
    too_few_models: "比較には 2 つ以上のモデルが必要です。もう 1 つ追加してください。",
    too_many_models: "一度に比較できる数を超えています。いくつか外してください。",
    too_large:
      "モデルが大きすぎて、作業がメモリーに収まりません。既知のどのモデルよりもはるかに大きい値です。数を減らすか、ファイルを確かめてください。",
    no_such_ancestor: "元モデルに指定したモデルがもうありません。指定し直してください。",
    no_such_target: "アダプターを加える先のモデルがもうありません。",
    adapter_of_samples:
      "アダプターは、ファイルがそろったチェックポイントとだけ比較できます。サンプルやフィンガープリントとは比較できません。",
    out_of_memory: "メモリーが足りません。ほかのタブを閉じてやり直してください。",
    worker_crashed: "計算用のワーカーが落ちました。ページは無事です。やり直してください。",
    coordinator_crashed: "計算用のワーカーが落ちました。ページは無事です。やり直してください。",
    no_simd: "このブラウザーは古く、WebAssembly の SIMD に対応していません。",
    core_unavailable: "プログラムを読み込めませんでした。ページを再読み込みしてください。",
    bad_address: "埋め込み元のページが、Web アドレスではないものを指定しています。",
    bad_list: "ページが指定した比較対象の一覧を読み取れません。",
    relative_unavailable:
      "比較対象のモデルを読み込めませんでした。接続を確認してやり直してください。",
    report_unavailable:
      "レポートを読み込めませんでした。接続を確認してページを再読み込みしてください。",
    samples_unavailable: "サンプルを読み込めませんでした。接続を確認してやり直してください。",
    nothing_in_folder:
      "中に .safetensors や .gguf のファイルがありません。モデルのフォルダーを選んでください。",
  },
};

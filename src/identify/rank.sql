-- Ranks all models of a Parquet file of sketches by how close they are to one model.
--
--   weightkin index FOLDER --parquet models.parquet    every fingerprint of the folder
--   weightkin index MODEL --parquet probe.parquet      the model whose relatives are searched for
--
-- The cosine of two sketches of one layout is about the mean column cosine of the two models, less
-- c(1 - c²)/32 for the few rows of a column. The order is that of `weightkin identify` up to
-- differences that its intervals show; compare the first few by their fingerprints.
SELECT
    models.name,
    models.file,
    list_cosine_similarity(models.sketch::FLOAT[], probe.sketch::FLOAT[]) AS column_cosine
FROM 'models.parquet' AS models
JOIN 'probe.parquet' AS probe ON models.layout = probe.layout
ORDER BY column_cosine DESC, models.file
LIMIT 10;

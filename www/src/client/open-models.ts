/**
 * Models that the coordinator holds open, by the files they are of: whatever is done with the same
 * files later does not read their headers again.
 */
import type { OpenedModel } from "../shared/messages.js";
import type { ModelInput } from "../shared/types.js";
import type { CoordinatorClient } from "./coordinator.js";

interface OpenModel {
  coordinator: CoordinatorClient;
  /** As it was asked for. */
  name: string | undefined;
  files: readonly File[];
  paths: readonly string[] | undefined;
  variant: string | undefined;
  hasParts: boolean | undefined;
  opened: Promise<OpenedModel>;
}

/** By the first of a model's files: entries last as long as it. */
const models = new WeakMap<File, OpenModel[]>();

/** Models whose files the page has let go of are closed. */
const abandoned = new FinalizationRegistry<Pick<OpenModel, "coordinator" | "opened">>(close);

/** The number and the name of a model; its headers are read the first time only. */
export async function openModel(
  coordinator: CoordinatorClient,
  input: ModelInput,
): Promise<OpenedModel> {
  const { name, files, paths, variant, hasParts } = input;
  const [first] = files;
  const known = await find(coordinator, input);
  if (known) {
    return known.opened;
  }
  const opened = coordinator.ask({
    type: "open",
    name,
    files: [...files],
    paths: paths && [...paths],
    variant,
    hasParts,
  });
  if (first) {
    const model = { coordinator, name, files: [...files], paths, variant, hasParts, opened };
    models.set(first, [...entriesOf(first), model]);
    abandoned.register(first, { coordinator, opened });
    // the next try reads it again
    opened.catch(() => remove(first, model));
  }
  return opened;
}

/** Opens every model, or none. */
export async function openModels(
  coordinator: CoordinatorClient,
  inputs: readonly ModelInput[],
): Promise<OpenedModel[]> {
  return Promise.all(inputs.map((input) => openModel(coordinator, input)));
}

/** Closes models: their files have changed, or nobody asks for them any more. */
export function closeModels(inputs: readonly ModelInput[]): void {
  for (const first of inputs.flatMap(({ files }) => files.slice(0, 1))) {
    entriesOf(first).forEach(close);
    models.delete(first);
  }
}

function entriesOf(first: File): OpenModel[] {
  return (models.get(first) ?? []).filter(({ coordinator }) => !coordinator.dead);
}

function remove(first: File, model: OpenModel): void {
  models.set(
    first,
    entriesOf(first).filter((entry) => entry !== model),
  );
}

/** The open model of exactly these files, whether it is called by the name it has or was given. */
async function find(
  coordinator: CoordinatorClient,
  { name, files, paths, variant, hasParts }: ModelInput,
): Promise<OpenModel | undefined> {
  const [first] = files;
  for (const model of first ? entriesOf(first) : []) {
    const isSame =
      model.coordinator === coordinator &&
      model.variant === variant &&
      model.hasParts === hasParts &&
      sameList(model.files, files) &&
      sameList(model.paths ?? [], paths ?? []);
    if (isSame && (model.name === name || (await nameOf(model)) === name)) {
      return model;
    }
  }
  return undefined;
}

async function nameOf({ opened }: OpenModel): Promise<string | undefined> {
  return opened.then(
    ({ name }) => name,
    () => undefined,
  );
}

function sameList<T>(first: readonly T[], second: readonly T[]): boolean {
  return first.length === second.length && first.every((item, i) => item === second[i]);
}

function close({ coordinator, opened }: Pick<OpenModel, "coordinator" | "opened">): void {
  opened.then(
    ({ id }) => {
      if (!coordinator.dead) {
        coordinator.ask({ type: "close", models: [id] }).catch(() => {});
      }
    },
    () => {},
  );
}

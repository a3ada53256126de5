type State = Record<string, unknown>;

/** States of earlier releases, by the version of their schema. */
export const upgrades: Readonly<Record<number, (state: State) => State>> = {
  0: ({ delete_data: deletes, ...state }) => ({
    ...state,
    on_destroy: deletes ? "delete_data" : "keep_data",
  }),
};

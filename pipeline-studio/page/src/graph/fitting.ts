import { createContext, useContext } from "react";

/** Why a data node can't go to an argument; null when it can. All are ids, the argument is a name. */
export type Fitting = (node: string, call: string, argument: string) => string | null;

export const FittingContext = createContext<Fitting>(() => null);
export const useFitting = (): Fitting => useContext(FittingContext);

import { createContext, useContext } from "react";

/** Why a data node can't be connected to an argument; null if it can. Node and call are ids, the argument is a name. */
export type Fitting = (node: string, call: string, argument: string) => string | null;

export const FittingContext = createContext<Fitting>(() => null);
export const useFitting = (): Fitting => useContext(FittingContext);

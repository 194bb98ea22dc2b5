import { IconButton } from "./button";
import { setTheme, type ThemeChoice, useThemeChoice } from "./theme";

const NEXT: Record<ThemeChoice, ThemeChoice> = { system: "light", light: "dark", dark: "system" };
const ICONS = { system: "system", light: "sun", dark: "moon" } as const;
const NAMES: Record<ThemeChoice, string> = { system: "system", light: "light", dark: "dark" };

export function ThemeSwitch() {
  const choice = useThemeChoice();
  return <IconButton icon={ICONS[choice]} label={`Theme: ${NAMES[choice]}`} onClick={() => setTheme(NEXT[choice])} />;
}

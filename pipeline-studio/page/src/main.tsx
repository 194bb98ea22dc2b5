import { createRoot } from "react-dom/client";
import { connect } from "./api/events";
import { refreshOnEvents } from "./api/refresh";
import { App } from "./app";
import { followRuns } from "./run/live";
import { startTheme } from "./ui/theme";
import "./ui/styles";

startTheme();
refreshOnEvents();
followRuns();
connect();

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);

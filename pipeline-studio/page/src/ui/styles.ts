// React Flow's styles come first, so that the page's own override them.
import "@xyflow/react/dist/base.css";
import "uplot/dist/uPlot.min.css";
import "./css/theme.css";
import "./css/controls.css";
import "./css/layout.css";
import "./css/graph.css";
import "./css/panels.css";
import "./css/pages.css";
import "./css/edit.css";

import { type Drawn, paths } from "../api/paths";
import { toastError } from "../ui/toasts";
import { currentTheme } from "../ui/theme";

const SHARPNESS = 2;
/** The maximum size of a canvas in browsers. */
const MOST_PIXELS = 16_000;

async function fetchText(path: string): Promise<string> {
  const response = await fetch(path);
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(errorIn(text));
}

function errorIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: string }).error;
  } catch {
    return text;
  }
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function load(svg: Blob): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    const url = URL.createObjectURL(svg);
    image.onload = () => {
      URL.revokeObjectURL(url);
      resolve(image);
    };
    image.onerror = () => {
      URL.revokeObjectURL(url);
      reject(new Error("The browser can't draw the picture."));
    };
    image.src = url;
  });
}

async function drawPng(svg: Blob): Promise<Blob> {
  const image = await load(svg);
  const scale = Math.min(SHARPNESS, MOST_PIXELS / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(image.naturalWidth * scale);
  canvas.height = Math.ceil(image.naturalHeight * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large for a PNG.")))),
  );
}

/** Downloads the graph. The server renders SVG and HTML, as the command line does; PNG is drawn from the SVG. */
export async function exportGraph(format: "png" | "svg" | "html", drawn: Drawn, name: string): Promise<void> {
  try {
    if (format === "html") {
      download(new Blob([await fetchText(paths.graphHtml(drawn))], { type: "text/html" }), `${name}.html`);
      return;
    }
    const svg = new Blob([await fetchText(paths.graphSvg(drawn, currentTheme()))], { type: "image/svg+xml" });
    if (format === "svg") download(svg, `${name}.svg`);
    else download(await drawPng(svg), `${name}.png`);
  } catch (error) {
    toastError(error);
  }
}

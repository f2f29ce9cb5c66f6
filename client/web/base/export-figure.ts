/** A figure of a page as a file: its SVG with the colours that it has now, or a PNG of that. */
import { themeColour } from './theme.js';

const PROPERTIES = ['fill', 'stroke', 'stroke-width', 'font-family', 'font-size', 'font-weight', 'opacity', 'stroke-dasharray', 'fill-opacity'];

/** `width`, `height`: of the whole figure at its own size. */
export function figureSvg(figure: SVGSVGElement, width: number, height: number): string {
  const copy = figure.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return '';
  const [from, to] = [[...figure.querySelectorAll('*')], [...copy.querySelectorAll('*')]];
  from.forEach((element, k) => {
    const style = getComputedStyle(element);
    const target = to[k];
    for (const name of PROPERTIES) target?.setAttribute(name, style.getPropertyValue(name));
    for (const name of ['class', 'tabindex', 'role', 'data-id']) target?.removeAttribute(name);
  });
  copy.firstElementChild?.removeAttribute('transform');
  for (const name of [...copy.getAttributeNames()]) copy.removeAttribute(name);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(Math.ceil(width)));
  copy.setAttribute('height', String(Math.ceil(height)));
  copy.setAttribute('viewBox', `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`);
  const back = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  back.setAttribute('width', '100%');
  back.setAttribute('height', '100%');
  back.setAttribute('fill', themeColour('--vscode-editor-background'));
  copy.prepend(back);
  return new XMLSerializer().serializeToString(copy);
}

/** As base64. Twice as fine as the screen's points. */
export async function figurePng(figure: SVGSVGElement, width: number, height: number): Promise<string> {
  const image = new Image();
  const text = encodeURIComponent(figureSvg(figure, width, height));
  await new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = () => reject(new Error('the picture cannot be drawn'));
    image.src = `data:image/svg+xml;charset=utf-8,${text}`;
  });
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.ceil(width * 2), Math.ceil(height * 2)];
  const context = canvas.getContext('2d');
  context?.scale(2, 2);
  context?.drawImage(image, 0, 0);
  return canvas.toDataURL('image/png').split(',')[1] ?? '';
}

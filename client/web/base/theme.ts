/** The theme: VS Code sets classes and variables in webviews; a plain browser gets the same ones from `browser-theme.css`. */
import type { Theme } from '../../../server/src/protocol/page.js';

const CLASSES: Readonly<Record<Theme, string>> = { dark: 'vscode-dark', light: 'vscode-light', 'hc-dark': 'vscode-high-contrast', 'hc-light': 'vscode-high-contrast-light' };

export function themeOfBody(): Theme {
  const { classList } = document.body;
  if (classList.contains('vscode-high-contrast-light')) return 'hc-light';
  if (classList.contains('vscode-high-contrast')) return 'hc-dark';
  return classList.contains('vscode-light') ? 'light' : 'dark';
}

export function watchTheme(changed: (theme: Theme) => void): void {
  let theme = themeOfBody();
  new MutationObserver(() => {
    const now = themeOfBody();
    if (now === theme) return;
    theme = now;
    changed(now);
  }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
}

/** Follows the system unless the document names a theme. */
export function applyBrowserTheme(): void {
  const named = document.body.dataset['theme'] ?? 'auto';
  const light = matchMedia('(prefers-color-scheme: light)');
  const contrast = matchMedia('(prefers-contrast: more)');
  const apply = (): void => {
    const automatic: Theme = contrast.matches ? (light.matches ? 'hc-light' : 'hc-dark') : light.matches ? 'light' : 'dark';
    const theme = named in CLASSES ? (named as Theme) : automatic;
    document.body.classList.remove(...Object.values(CLASSES));
    document.body.classList.add(CLASSES[theme]);
    // As in a webview: the light high contrast theme has both classes.
    if (theme === 'hc-light') document.body.classList.add('vscode-high-contrast');
  };
  light.addEventListener('change', apply);
  contrast.addEventListener('change', apply);
  apply();
}

/** Colour of a theme variable as the page sees it now. */
export function themeColour(variable: string): string {
  return getComputedStyle(document.body).getPropertyValue(variable).trim();
}

export function reducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

// Makes media/icon.png (128 x 128) of media/icon.svg: `node tools/icon.mjs`. The marketplace takes no SVG.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../test/harness/browser.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const context = await launchChromium();
const page = await context.newPage();
await page.setViewportSize({ width: 128, height: 128 });
await page.setContent(`<!DOCTYPE html><style>body{margin:0}svg{display:block}</style>${readFileSync(path.join(root, 'media/icon.svg'), 'utf8')}`);
await page.screenshot({ path: path.join(root, 'media/icon.png'), omitBackground: true, clip: { x: 0, y: 0, width: 128, height: 128 } });
await context.close();

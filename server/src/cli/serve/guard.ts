/**
 * Who may talk to the server: only a browser of this machine that was given the token. Each request must name this server as its host (a
 * foreign page cannot make a browser lie about that, nor point its own name here unnoticed) and, where it says where it comes from, come
 * from here. The token of the printed address is changed for a cookie that scripts cannot read and other sites cannot send.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Guard {
  /** Of the printed address. */
  readonly token: string;
  /** `Set-Cookie` of whoever brings the token. */
  readonly cookie: string;
  /** Undefined: welcome. Otherwise the status of the refusal. */
  refusal(request: IncomingMessage): { readonly status: number; readonly message: string } | undefined;
  isToken(given: string | null): boolean;
}

export function createGuard(port: () => number): Guard {
  const token = randomBytes(24).toString('hex');
  const secret = randomBytes(24).toString('hex');
  // Cookies are shared between the ports of a host: the name tells servers apart.
  const name = (): string => `ansor-${port()}`;
  const hosts = (): readonly string[] => ['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port()}`);
  return {
    token,
    get cookie() { return `${name()}=${secret}; HttpOnly; SameSite=Strict; Path=/`; },
    isToken: (given) => given !== null && equal(given, token),
    refusal: ({ headers, method }) => {
      const { host, origin } = headers;
      if (host === undefined || !hosts().includes(host)) return { status: 421, message: 'this server is asked for by another name' };
      if (origin !== undefined && origin !== `http://${host}`) return { status: 403, message: 'requests of other pages are not answered' };
      const site = headers['sec-fetch-site'];
      // Following a link to the printed address is no request of a page.
      if (method !== 'GET' && site !== undefined && site !== 'same-origin') return { status: 403, message: 'requests of other pages are not answered' };
      const given = (headers.cookie ?? '').split(';').map((part) => part.trim()).find((part) => part.startsWith(`${name()}=`))?.slice(name().length + 1);
      if (given === undefined || !equal(given, secret)) return { status: 401, message: 'open the address that "ansor serve" printed' };
      return undefined;
    },
  };
}

function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

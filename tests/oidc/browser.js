// A browser as far as signing in needs one: cookies by host and port, redirects one at a time.
export class Browser {
  cookies = new Map();

  jar(url) {
    const { origin } = new URL(url);
    if (!this.cookies.has(origin)) this.cookies.set(origin, new Map());
    return this.cookies.get(origin);
  }

  async get(url, options = {}) {
    const jar = this.jar(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { redirect: "manual", ...options, headers: { ...(cookie ? { cookie } : {}), ...options.headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (!value || /max-age=0/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** Follows redirects until there is none, or until one leads to an address for which `stop` holds. */
  async follow(url, stop = () => false) {
    for (let steps = 0; steps < 12; steps += 1) {
      const answer = await this.get(url);
      const to = answer.headers.get("location");
      if (!to) return { url, answer };
      await answer.body?.cancel();
      url = new URL(to, url).href;
      if (stop(url)) return { url };
    }
    throw new Error(`redirected without end: ${new URL(url).pathname}`);
  }
}

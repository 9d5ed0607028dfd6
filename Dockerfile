# Alir in one image: the consumers, the worker, the HTTP API and every command. See docs/guide/docker.md.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# Everything that npm installs. A layer of its own: it changes with the lock file only.
FROM ${NODE_IMAGE} AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: nothing here needs one.
RUN npm ci --ignore-scripts --no-audit --no-fund

# What runs: no development packages, and of the rest only what this platform and MySQL use.
FROM modules AS production
# Optional packages are native parts of bundlers and of Prisma's command line; the bundle is built below.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && cd node_modules \
  && case "$(uname -m)" in x86_64) target=x86_64 ;; aarch64) target=aarch64 ;; esac \
  && find @temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
       ! -name "${target:?no Temporal core for this processor}-unknown-linux-gnu" -exec rm -r {} + \
  && rm -r @temporalio/core-bridge/sdk-core @temporalio/core-bridge/src \
  && find @prisma/client/runtime -type f ! -name 'client.*' ! -name 'query_compiler_small_bg.mysql.*' -delete \
  && find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete \
  && find . -type f -name '*.md' ! -iname 'licen[cs]e*' -delete

# The compiled code with the Prisma client and the workflow bundle.
FROM modules AS build
COPY . .
RUN npm run build && find dist -name '*.map' -delete

FROM ${NODE_IMAGE}
WORKDIR /app
# The API, metrics and health are for other containers; the compose file publishes them on loopback only. The warning is
# kafkajs's: Node 24 says that a time-out of its has passed already.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-old-space-size=192 --max-semi-space-size=16 --disable-warning=TimeoutNegativeWarning" \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    HTTP_HOST=0.0.0.0
COPY --from=production /app/node_modules node_modules/
COPY package.json package-lock.json ./
COPY prisma prisma/
COPY deploy/mysql/source deploy/mysql/source/
COPY --from=build /app/dist dist/
RUN chmod 755 dist/src/cli/main.js && ln -s /app/dist/src/cli/main.js /usr/local/bin/alir
USER node
EXPOSE 8088
STOPSIGNAL SIGTERM
# Bash, not node: a look every three seconds costs next to nothing. While a server is away the process waits for it,
# which is no failure; once it has started an outage does not make it unhealthy.
HEALTHCHECK --interval=3s --timeout=5s --start-period=600s --retries=10 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${HTTP_PORT:-8088} && printf 'GET /startupz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["alir"]
CMD ["run"]

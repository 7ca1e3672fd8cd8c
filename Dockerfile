# reinstate: the worker and the CLI. docker-compose.temporal.yml builds and runs it; docs/production.md says how to use it.
FROM node:22-trixie-slim AS build
WORKDIR /opt/reinstate
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN sh scripts/build src && rm -rf node_modules scripts src tsconfig.json package-lock.json

# What a worker loads, and no more: the native code of other systems alone has 110 MB. Of Node.js, 17 of 125 MB are symbols.
FROM node:22-trixie-slim AS modules
WORKDIR /opt/reinstate
RUN apt-get update -q && apt-get install -y -q --no-install-recommends binutils && strip /usr/local/bin/node
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && cd node_modules/@temporalio/core-bridge \
 && rm -rf Cargo.lock Cargo.toml bridge-macros scripts sdk-core src ts \
 && find releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} + \
 && cd ../../.. \
 && find node_modules -type f \( -name '*.map' -o -name '*.md' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete

FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -y -q --no-install-recommends ca-certificates openssh-client rsync \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /usr/share/doc /usr/share/man /usr/share/locale \
 && groupadd --gid 1000 reinstate && useradd --uid 1000 --gid 1000 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin reinstate
COPY --from=modules /usr/local/bin/node /usr/local/bin/node
COPY --from=modules /opt/reinstate/node_modules /opt/reinstate/node_modules
COPY --from=build /opt/reinstate /opt/reinstate
RUN ln -s /opt/reinstate/bin/reinstate /usr/local/bin/reinstate
# The mounted folder; a worker writes nothing into it. Nothing that has to stay is in REINSTATE_HOME here.
ENV NODE_ENV=production \
    REINSTATE_HOME=/tmp/reinstate \
    REINSTATE_INVENTORY=/etc/reinstate/inventory.yaml \
    REINSTATE_KEY=/etc/reinstate/worker.key \
    REINSTATE_PLANS=/etc/reinstate/plans \
    REINSTATE_SECRETS=/etc/reinstate/secrets
USER 1000:1000
WORKDIR /etc/reinstate
HEALTHCHECK --interval=30s --timeout=20s --retries=3 CMD ["reinstate", "worker", "--check"]
ENTRYPOINT ["reinstate"]
CMD ["worker"]

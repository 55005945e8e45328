# Two stages: the first installs what runs (no development tools, no install scripts; Microsoft's library on request),
# the second is Debian with Node alone, without npm. Nothing is compiled: Node 24 runs the TypeScript sources.
#
# docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --publish 8080:8080 \
#   --volume latchkey-data:/data --volume ./latchkey:/etc/latchkey:ro --volume ./secrets:/run/secrets:ro latchkey
#
# ./latchkey holds people.yaml and latchkey.yaml, with `database: /data/latchkey.sqlite` and `listen: { host: 0.0.0.0 }`
# (by default only the container itself can reach it). ./secrets holds what the ENV below names, readable by user 1000,
# and the vault's role_id and secret_id in the folder that latchkey.yaml names; one below /data if Latchkey renews them.
# With PostgreSQL: `dataFolder: /data` and `database: postgres://…` there, and --env DATABASE_URL_FILE=/run/secrets/database_url.
FROM node:24-bookworm-slim AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# `docker build --build-arg TEAMS=yes` adds Microsoft's library for Teams, some 250 MB; the Node of the base image stays.
ARG TEAMS=
RUN if [ -n "$TEAMS" ]; then npm ci --omit=dev && rm -r node_modules/node-linux-*; \
  else npm ci --omit=dev --omit=optional; fi
# SQLite's own source and its builds for other systems are half of the package. The lock file names what is not here,
# which would alarm scanners; node_modules/.package-lock.json names what is.
RUN cd node_modules/better-sqlite3 \
  && rm -r deps src binding.gyp \
  && find prebuilds -type f ! -name 'linux-*.node' -delete \
  && rm /app/package-lock.json /app/.npmrc
COPY LICENSE ./
COPY src ./src
COPY migrations ./migrations
COPY manifests ./manifests
# The modes must not depend on the umask of whoever builds.
RUN chmod -R u=rwX,go=rX /app

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Latchkey" \
  org.opencontainers.image.description="Just-in-time access to secrets in HashiCorp Vault and OpenBao, asked for and approved in chat" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="Apache-2.0"
COPY --from=install /usr/local/bin/node /usr/local/bin/
COPY --from=install /usr/local/LICENSE /usr/local/share/doc/node/
COPY --from=install /app /app
# Nobody here may become root: programs that change the user lose that power. The last line proves that Node finds the
# libraries that it needs.
RUN printf '#!/bin/sh\nexec /usr/local/bin/node --max-semi-space-size=4 /app/src/cli/main.ts "$@"\n' > /usr/local/bin/latchkey \
  && chmod 755 /usr/local/bin/latchkey \
  && groupadd --gid 1000 latchkey \
  && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /data --shell /usr/sbin/nologin latchkey \
  && install --directory --owner=1000 --group=1000 --mode=700 /data \
  && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
  && latchkey --version
WORKDIR /app
ENV NODE_ENV=production \
  LATCHKEY_CONFIG=/etc/latchkey/latchkey.yaml \
  SLACK_BOT_TOKEN_FILE=/run/secrets/slack_bot_token \
  SLACK_APP_TOKEN_FILE=/run/secrets/slack_app_token \
  SLACK_SIGNING_SECRET_FILE=/run/secrets/slack_signing_secret \
  TEAMS_APP_SECRET_FILE=/run/secrets/teams_app_secret \
  TEAMS_APP_CERTIFICATE_FILE=/run/secrets/teams_app_certificate \
  OIDC_CLIENT_SECRET_FILE=/run/secrets/oidc_client_secret \
  AUDIT_WEBHOOK_SECRET_FILE=/run/secrets/audit_webhook_secret \
  EVENTS_WEBHOOK_SECRET_FILE=/run/secrets/events_webhook_secret
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080
# Asks where the configuration says that Latchkey listens.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["latchkey", "health"]
CMD ["latchkey", "serve"]

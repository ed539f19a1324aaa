# The relay. Keep /data: it holds every vault.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:22-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# "optional" too: otherwise an optional peer brings the TypeScript compiler along.
RUN npm ci --omit=dev --omit=optional

FROM node:22-slim
# One arena: an idle relay holds 20 MB less, since free memory is not spread over one for each thread.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
# Owned by the user that runs, so that a new volume is too.
RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 4680
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4680/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["relay", "--host", "0.0.0.0", "--data", "/data"]

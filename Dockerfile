# syntax=docker/dockerfile:1
# One image, three commands: lms serve | lms work | lms migrate. It expects LMS_DATABASE_URL.

FROM node:20-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM python:3.11-slim-bookworm AS python
WORKDIR /app
COPY requirements/run.txt requirements/
RUN python -m venv --without-pip /venv \
 && python -m pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY lms lms
RUN site=$(/venv/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
 && echo /app > "$site/lms.pth"

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/lms lms
WORKDIR /app
COPY --from=python /venv /venv
COPY --from=python /app /app
COPY --from=assets /build/node_modules /app/node_modules
COPY alembic.ini ./
COPY migrations migrations
COPY courses courses
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LMS_ENVIRONMENT=production \
    LMS_HOST=0.0.0.0 \
    LMS_VAR_DIR=/var/lib/lms
USER lms
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "lms.cli"]
CMD ["serve"]

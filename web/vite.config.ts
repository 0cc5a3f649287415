// The page is one script and one style sheet, with names that stay, so that a build can be compared
// with what is committed in dist/, byte for byte.
import { defineConfig } from 'vite';

export default defineConfig({
    base: '/',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
        target: 'es2022',
        outDir: process.env.BATPAK_WEB_OUT ?? 'dist',
        emptyOutDir: true,
        modulePreload: false,
        assetsInlineLimit: 0,
        rollupOptions: {
            output: {
                entryFileNames: 'app.js',
                chunkFileNames: '[name].js',
                assetFileNames: (asset) =>
                    asset.names.some((name) => name.endsWith('.css')) ? 'app.css' : '[name][extname]',
            },
        },
    },
});

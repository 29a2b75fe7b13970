/** How the page looks: light and dark, from the width of a phone on, with targets for thumbs. */
export const style = `
:root { color-scheme: light dark; --text: #1b2230; --soft: #566072; --ground: #eef1f6; --card: #fff; --line: #ccd3df;
  --yes: #12703c; --no: #b3261e; --on: #fff; --ring: #0b57d0; --warn: #fdf0d5; --warn-text: #5c3c00 }
@media (prefers-color-scheme: dark) { :root { --text: #e7ebf2; --soft: #a6b0c0; --ground: #10141a; --card: #1a2029;
  --line: #3a4351; --yes: #6fd19a; --no: #f2938c; --on: #10141a; --ring: #8ab4f8; --warn: #43331a; --warn-text: #f6dba8 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; color: var(--text);
  background: var(--ground); font: 1.0625rem/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere }
main { width: 100%; max-width: 34rem; background: var(--card); border: 1px solid var(--line); border-radius: 16px;
  padding: clamp(1.25rem, 5vw, 2.25rem); box-shadow: 0 8px 30px rgb(0 0 0 / .07) }
h1 { font-size: clamp(1.35rem, 5vw, 1.7rem); line-height: 1.25; margin: 0 0 .5rem; white-space: pre-line }
h2 { font-size: 1.2rem; margin: 0 0 .25rem }
p { margin: .5rem 0 }
.label { margin: 0 0 .4rem; color: var(--soft); font-weight: 600; font-size: .95rem }
.from, .soft { color: var(--soft) }
.from strong { color: var(--text) }
form { margin: 1.5rem 0 1rem }
label { display: block; font-weight: 600; margin-bottom: .35rem }
label .soft { font-weight: 400 }
textarea { width: 100%; min-height: 5.5rem; padding: .7rem .8rem; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--soft); border-radius: 10px; resize: vertical }
.buttons { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin-top: 1rem }
button { min-height: 3.25rem; padding: .6rem 1rem; font: inherit; font-weight: 650; border-radius: 10px; cursor: pointer;
  border: 2px solid var(--no); color: var(--no); background: transparent }
button.resolve { border-color: var(--yes); background: var(--yes); color: var(--on) }
button.cancel { border-color: var(--soft); color: var(--text) }
button:hover { filter: brightness(1.08) }
button:focus-visible, textarea:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px }
a.button { display: block; padding: .85rem 1rem; text-align: center; font-weight: 650; border-radius: 10px; text-decoration: none;
  background: var(--yes); color: var(--on) }
a.button:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px }
.until { font-size: .95rem; margin-bottom: 0 }
.decided { margin: 1.5rem 0 1rem; padding: 1rem 1.1rem; border: 1px solid var(--line); border-left: 6px solid var(--soft);
  border-radius: 10px }
.decided.yes { border-left-color: var(--yes) } .decided.yes h2 { color: var(--yes) }
.decided.no { border-left-color: var(--no) } .decided.no h2 { color: var(--no) }
blockquote { margin: .75rem 0 0; padding-left: .9rem; border-left: 3px solid var(--line); white-space: pre-line }
.trouble { margin: 0 0 1.25rem; padding: .8rem 1rem; border-radius: 10px; background: var(--warn); color: var(--warn-text) }
@media (prefers-contrast: more) { main, textarea, button { border-width: 2px } }
`;

// The player: frame by frame, by button, key or clock.

const SPEEDS = { "0.5×": 3000, "1×": 1500, "2×": 750, "4×": 375 };

function go(frame) {
  state.frame = Math.min(record.frames.length - 1, Math.max(0, frame));
  const { tensor, entry } = record.frames[state.frame];
  drawFrame();
  drawTexts();
  show(tensor, state.frame ? fullIndex(tensor, entry) : null);
  scrollToAction();
  if (state.frame === record.frames.length - 1) pause();
}

function drawTexts() {
  const frame = record.frames[state.frame];
  const value = frame.entry && state.frame ? numberAt(frame.tensor, fullIndex(frame.tensor, frame.entry)) : undefined;
  at("now").textContent = frame.title[state.language] + (value === undefined ? "" : ` = ${short(value, 4)}`);
  at("now").className = frame.phase;
  at("position").value = state.frame;
  at("position").setAttribute("aria-valuetext", frame.title[state.language]);
  at("count").textContent = `${state.frame} / ${record.frames.length - 1}`;
  const about = frame.step ? [`${word("step")}: ${frame.step}`, ...(frame.saved ? [word("saved", frame.saved)] : [])] : [];
  const notes = frame.notes.map((note) => html("p", { className: "note" }, note[state.language]));
  at("notes").replaceChildren(...(about.length ? [html("p", { className: "about" }, about.join(" — "))] : []), ...notes);
  at("updates").hidden = frame.phase !== "update";
  at("previous").disabled = at("first").disabled = state.frame === 0;
  at("next").disabled = at("last").disabled = state.frame === record.frames.length - 1;
}

function play() {
  if (state.frame === record.frames.length - 1) go(0);
  const tick = () => {
    state.timer = setTimeout(tick, SPEEDS[at("speed").value]);
    go(state.frame + 1);
  };
  state.timer = setTimeout(tick, 300);
  drawPlaying();
}

function pause() {
  clearTimeout(state.timer);
  state.timer = null;
  drawPlaying();
}

function drawPlaying() {
  const playing = state.timer !== null;
  at("play").classList.toggle("playing", playing);
  at("play-word").textContent = word(playing ? "pause" : "play");
}

function step(by) {
  pause();
  go(state.frame + by);
}

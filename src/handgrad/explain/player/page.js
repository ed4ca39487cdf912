"use strict";
// The record that the page holds, what is on view of it, and the making of elements. Names are set as text, never as markup.

const record = JSON.parse(document.getElementById("record").textContent);
const state = { frame: 0, language: record.language, sample: 0, shown: null, timer: null };

const at = (id) => document.getElementById(id);

function html(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function word(key, text = "") {
  return record.words[key][state.language].replace("{}", () => text);
}

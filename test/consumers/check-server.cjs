// What needs a timer of the server: a deadline, a pause, cron.
const { connect } = require("node:net");

const COMMANDS = ["SET a b", "GET a", "BLPOP none 0.05", "CLIENT PAUSE 30 ALL", "GET a", "ECHO end"];
const REPLIES = ["+OK", "$1", "b", "*-1", "+OK", "$1", "b", "$3", "end", ""].join("\r\n");

exports.checkServer = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${COMMANDS.join("\r\n")}\r\n`));
    let text = "";
    socket.on("error", reject);
    socket.on("data", (data) => {
      text += data;
      if (!text.endsWith("end\r\n")) return;
      socket.destroy();
      if (text === REPLIES) resolve();
      else reject(new Error(`unexpected replies: ${JSON.stringify(text)}`));
    });
  });

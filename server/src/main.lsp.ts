/** The language server's program: talks over the editor's IPC, or over standard input and output with `--stdio`. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './lsp/server.js';

serve(createConnection(ProposedFeatures.all));
